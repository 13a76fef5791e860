"""Texts and receipts that are taken together come to what they come to one after the other."""

import json
import random
from collections.abc import Sequence

import pytest
from sqlmodel import col, select

from bot.inbound import Text, receive_all
from bot.receipts import Receipt, absorb_all
from messaging.segments import measure
from models import (
    Broadcast,
    ConsentEvent,
    ConsentEvidence,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    Keyword,
    List,
    OptIn,
    Program,
    SenderDebit,
    Subscriber,
)
from models.balance import balance, scanned
from models.settling import MAX_ATTEMPTS
from tests.auditing import waiting_leaves
from tests.world import World, next_sid

WORDS = (
    *("JOIN", "JOIN", "JOIN", "TECHNO", "CLUB", "CLUB"),
    *("STOP", "START", "YES", "HELP", "LEAVE TECHNO", "hello there", "cancel friday?"),
    *("11/23/1990", "03/04/2015", "please stop texting me"),
)
PEOPLE = 5


def text_of(phone: str, body: str, sid: str | None = None) -> Text:
    return Text(sid or next_sid(), phone, "24680", None, body, None, (), None, {"NumMedia": "0"})


def add_club(world: World) -> None:
    """A second program on the sender: of age, and twice asked."""
    with world.database.write() as session:
        first = session.exec(select(Program)).one()
        copy = first.model_dump(exclude={"id", "slug", "name", "opt_in", "minimum_age"})
        club = Program(**copy, slug="club", name="Club", opt_in=OptIn.double, minimum_age=21)
        session.add(club)
        session.flush()
        mine = {"organization_id": club.organization_id, "created_at": world.now}
        gathered = List(program_id=club.id, name="Members", **mine)
        session.add(gathered)
        session.flush()
        where = {"sender_id": club.sender_id, "program_id": club.id, "list_id": gathered.id}
        session.add(Keyword(word="CLUB", **where, **mine))


def life(world: World, phone: str) -> dict[str, object]:
    """All that is on record of a phone, without keys and salts."""
    with world.database.read() as session:
        events = session.exec(
            select(ConsentEvent, ConsentEvidence)
            .join(ConsentEvidence, col(ConsentEvidence.consent_event_id) == ConsentEvent.id)
            .join(Subscriber, col(Subscriber.id) == ConsentEvent.subscriber_id)
            .where(Subscriber.phone_number == phone)
            .order_by(col(ConsentEvent.id))
        ).all()
        messages = session.exec(
            select(InboundMessage)
            .where(InboundMessage.from_number == phone)
            .order_by(col(InboundMessage.id))
        ).all()
        person = session.exec(select(Subscriber).where(Subscriber.phone_number == phone)).first()
        return {
            "states": world.states(phone),
            "lists": world.lists(phone),
            "is_suppressed": world.is_suppressed(phone),
            "age": person and person.minimum_age_met,
            "events": [
                (
                    *(event.kind, event.source, event.program_id, event.list_id, event.keyword),
                    *(event.sender_id, event.disclosure_id, event.disclosure_sha256),
                    (proof.content or {}).get("text"),
                )
                for event, proof in events
            ],
            "messages": [
                (one.body, one.intent, one.keyword, one.reply, one.needs_review) for one in messages
            ],
        }


@pytest.mark.parametrize("seed", range(4))
def test_texts_taken_together_do_what_they_do_alone(world: World, seed: int) -> None:
    add_club(world)
    chance = random.Random(seed)
    alone = [f"+1202555{number:04d}" for number in range(PEOPLE)]
    together = [f"+1202556{number:04d}" for number in range(PEOPLE)]
    for _ in range(12):
        said = [
            (chance.randrange(PEOPLE), chance.choice(WORDS)) for _ in range(chance.randint(1, 8))
        ]
        replies = [world.text(alone[person], word) for person, word in said]
        group = [text_of(together[person], word) for person, word in said]
        with world.database.write() as session:
            assert receive_all(session, group, world.now) == replies
        world.pass_time(minutes=chance.choice((1, 90, 1500)))
    for one, other in zip(alone, together, strict=True):
        assert life(world, one) == life(world, other)


def test_each_event_of_a_group_has_its_proof_and_its_leaf(world: World) -> None:
    group = [text_of(f"+1202555{number:04d}", "JOIN") for number in range(6)]
    with world.database.write() as session:
        receive_all(session, group, world.now)
    with world.database.read() as session:
        events = session.exec(select(ConsentEvent)).all()
        assert len({event.subscriber_id for event in events}) == 6
        leaves = [json.loads(leaf) for leaf in waiting_leaves(session)]
        assert len([leaf for leaf in leaves if "subscriber" in leaf]) == 6
        for event in events:
            proof = session.exec(
                select(ConsentEvidence).where(ConsentEvidence.consent_event_id == event.id)
            ).one()
            person = session.get_one(Subscriber, event.subscriber_id)
            assert proof.content == {"phone_number": person.phone_number, "text": "JOIN"}


def test_copies_in_one_group_are_one_text(world: World) -> None:
    phone, sid = "+12025550111", next_sid()
    with world.database.write() as session:
        first, other, copy = receive_all(
            session,
            [text_of(phone, "JOIN", sid), text_of(phone, "TECHNO"), text_of(phone, "JOIN", sid)],
            world.now,
        )
    assert first == copy != other
    assert [event.kind for event in world.consent_events(phone)] == ["opted_in", "joined_list"]


def test_replies_are_taken_off_the_senders_rate(world: World) -> None:
    group = [text_of(f"+1202555{number:04d}", "JOIN") for number in range(3)]
    with world.database.write() as session:
        replies = receive_all(session, [*group, text_of("BANK", "hello")], world.now)
    with world.database.read() as session:
        used = sum(session.exec(select(SenderDebit.segments)))
    assert replies[3] is None
    assert used == sum(measure(reply or "").segments for reply in replies[:3])


@pytest.mark.parametrize("edit", [{"message_frequency": "2 msgs/week"}, {"minimum_age": 21}])
def test_an_edit_of_a_program_counts_at_once(world: World, edit: dict[str, object]) -> None:
    world.text("+12025550111", "JOIN")
    world.change_program(**edit)
    reply = world.text("+12025550112", "JOIN") or ""
    assert str(next(iter(edit.values()))) in reply
    before, after = (world.consent_events(f"+1202555011{n}")[0].disclosure_id for n in (1, 2))
    assert before is not None
    assert after is not None
    assert before != after


# -- receipts ---------------------------------------------------------------------------------

STATUSES = (
    *("queued", "sending", "sent", "delivered", "read", "sent", "delivered"),
    *("undelivered", "failed", "canceled", "partially_delivered"),
)
CODES = (None, 30003, 30005, 30007, 21610, 30001)


def outcome(world: World, broadcast: Broadcast) -> list[tuple[object, ...]]:
    return [
        (
            *(one.status, one.error_code, one.message_sid, one.attempts, one.settled_at),
            *(one.submitted_at, world.is_suppressed(phone)),
        )
        for phone, one in sorted(world.deliveries(broadcast.id).items())
    ]


def blast(world: World, phones: Sequence[str], chance: random.Random) -> Broadcast:
    """A broadcast that is under way, its deliveries in any state that a receipt can meet."""
    for phone in phones:
        world.text(phone, "TECHNO" if phone[7] == "5" else "JAZZ")
    with world.database.write() as session:
        name = "Techno nights" if phones[0][7] == "5" else "Jazz evenings"
        target = session.exec(select(List.id).where(List.name == name)).one()
    broadcast = world.order(list_id=target)
    world.fire(broadcast)
    states = ("pending", "sending", "accepted", "unknown", "sent", "delivered")
    with world.database.write() as session:
        for one in session.exec(
            select(Delivery)
            .where(Delivery.broadcast_id == broadcast.id)
            .order_by(col(Delivery.subscriber_id))
        ):
            one.status = DeliveryStatus(chance.choice(states))
            one.attempts = chance.randint(1, MAX_ATTEMPTS)
            one.submitted_at = world.now
            if one.status in ("accepted", "sent", "delivered"):
                one.message_sid = "SM" + "9" * 32
    return broadcast


@pytest.mark.parametrize("seed", range(6))
def test_receipts_taken_together_do_what_they_do_alone(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.settling._jitter", lambda: 1.0)
    alone = [f"+1202555{number:04d}" for number in range(PEOPLE)]
    together = [f"+1202556{number:04d}" for number in range(PEOPLE)]
    first = blast(world, alone, random.Random(seed))
    second = blast(world, together, random.Random(seed))
    chance = random.Random(seed)
    ids = [
        [one.id for _, one in sorted(world.deliveries(broadcast.id).items())]
        for broadcast in (first, second)
    ]
    for _ in range(6):
        told = [
            (chance.randrange(PEOPLE), chance.choice(STATUSES), chance.choice(CODES), _try(chance))
            for _ in range(chance.randint(1, 10))
        ]
        several = []
        for person, status, code, attempt in told * chance.randint(1, 2):
            sid = f"SM{person:032x}"
            with world.database.write() as session:
                one = Receipt(sid, status, code, (ids[0][person], attempt))
                absorb_all(session, [one], world.now)
            several.append(Receipt(sid, status, code, (ids[1][person], attempt)))
        with world.database.write() as session:
            absorb_all(session, several, world.now)
    assert outcome(world, first) == outcome(world, second)
    with world.database.read() as session:
        for broadcast in (first, second):
            assert balance(session, broadcast.id) == scanned(session, broadcast.id)
            assert balance(session, broadcast.id).holds


def _try(chance: random.Random) -> int:
    return chance.randint(1, MAX_ATTEMPTS)
