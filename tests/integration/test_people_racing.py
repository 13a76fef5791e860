"""Files, scans, receipts and erasures that meet a person's own texts at the same moment.

Whoever is second waits and sees what the first one did; nobody waits in a ring (PostgreSQL).
"""

import io
from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import select

from bot.inbound import receive_all
from bot.receipts import Receipt, absorb_all
from messaging.errors import OPTED_OUT
from messaging.errors import Outcome as Refused
from models import (
    Delivery,
    DeliveryStatus,
    FileKind,
    NumberFile,
    OptIn,
    Subscriber,
    SubscriptionState,
)
from models.importing import Outcome
from models.number_files import Upload, keep, take
from scheduler.claim import claim
from scheduler.inbox_scan import scan
from scheduler.lapsing import lapse_pending
from scheduler.record import Handed, record
from tests.between import beside
from tests.integration.test_importing import by_hand
from tests.integration.test_joining import sign_up
from tests.integration.test_together import text_of
from tests.person import erase_person
from tests.sending import refusal
from tests.world import World

# On SQLite one transaction writes at a time, whatever it is about.
pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

PHONE, KNOWN = "+12025550101", "+12025550199"
IN = {"Neon Nights": SubscriptionState.subscribed}
OUT = {"Neon Nights": SubscriptionState.unsubscribed}
SUPPRESSED = "FROM suppression"


def kept(world: World, kind: FileKind, *phones: str) -> Callable[[], NumberFile]:
    """A file that is about to be taken."""
    with world.database.read() as session:
        list_id = world.list_id(session)
    upload = Upload(kind, "a.csv", "elsewhere", world.member_id)
    if kind is FileKind.subscribers:
        of_list = (list_id, date(2026, 6, 1), "I agree to texts.")
        upload = Upload(kind, "a.csv", "the door", world.member_id, *of_list)
    content = io.BytesIO("\n".join(("phone", *phones)).encode())
    file = keep(world.database, world.organization_id, upload, content, world.now)
    return lambda: take(world.database, file.id, lambda: world.now)


def texts(world: World, *said: tuple[str, str]) -> list[str | None]:
    with world.database.write_by_key() as session:
        return receive_all(session, [text_of(phone, body) for phone, body in said], world.now)


def key_of(world: World, phone: str) -> int:
    with world.database.read() as session:
        return session.exec(select(Subscriber.id).where(Subscriber.phone_number == phone)).one()


# -- files and texts --------------------------------------------------------------------------


def test_who_joins_while_their_number_is_suppressed_counts_last(world: World) -> None:
    take_it = kept(world, FileKind.suppression, PHONE)
    with beside(world.database, SUPPRESSED, lambda: world.text(PHONE, "JOIN")) as replies:
        assert take_it().taken == 1
    assert "you are in" in str(replies[0])
    assert (world.states(PHONE), world.is_suppressed(PHONE)) == (IN, False)


@pytest.mark.parametrize("kind", [FileKind.suppression, FileKind.deactivated])
def test_a_file_that_comes_while_somebody_joins_counts_last(world: World, kind: FileKind) -> None:
    with beside(world.database, SUPPRESSED, kept(world, kind, PHONE)) as files:
        assert "you are in" in str(world.text(PHONE, "JOIN"))
    assert files[0].taken == 1
    assert (world.states(PHONE), world.is_suppressed(PHONE)) == (OUT, True)
    assert len(world.consent_events(PHONE)) == 2


@pytest.mark.parametrize("kind", list(FileKind))
@pytest.mark.parametrize("words", ["INSERT INTO subscriber", SUPPRESSED])
def test_a_group_of_texts_and_a_file_do_not_wait_in_a_ring(
    world: World, kind: FileKind, words: str
) -> None:
    """Somebody known and somebody new stand in both."""
    world.text(KNOWN, "JOIN")
    with beside(world.database, words, kept(world, kind, KNOWN, PHONE)) as files:
        texts(world, (PHONE, "JOIN"), (KNOWN, "STOP"))
    assert files[0].finished_at is not None
    assert world.states(KNOWN) == OUT


@pytest.mark.parametrize("kind", list(FileKind))
def test_nor_do_they_where_the_file_comes_first(world: World, kind: FileKind) -> None:
    world.text(KNOWN, "JOIN")
    both = ((PHONE, "STOP"), (KNOWN, "STOP"))
    with beside(world.database, "FROM subscriber", lambda: texts(world, *both)):
        assert kept(world, kind, KNOWN, PHONE)().finished_at is not None
    assert world.is_suppressed(PHONE)
    assert world.states(KNOWN) == OUT


@pytest.mark.parametrize("words", [SUPPRESSED, "FROM organization", "INSERT INTO subscriber"])
def test_no_file_brings_back_who_is_erased_while_it_is_taken(world: World, words: str) -> None:
    world.text(KNOWN, "JOIN")
    key = key_of(world, KNOWN)
    with beside(world.database, words, lambda: erase_person(world, key)):
        kept(world, FileKind.subscribers, KNOWN, PHONE)()
    with world.database.read() as session:
        numbers = set(session.exec(select(Subscriber.phone_number)))
    assert numbers == {PHONE, f"erased:{key}"}


def test_who_was_made_and_erased_while_a_file_is_taken_is_not_made_again(world: World) -> None:
    def come_and_go() -> None:
        assert sign_up(world, PHONE)
        erase_person(world, key_of(world, PHONE))

    with beside(world.database, SUPPRESSED, come_and_go):
        done = kept(world, FileKind.subscribers, PHONE)()
    assert (done.taken, done.left_before) == (0, 1)
    with world.database.read() as session:
        assert PHONE not in set(session.exec(select(Subscriber.phone_number)))
    assert by_hand(world, PHONE) is Outcome.left_before


# -- the clock and texts ----------------------------------------------------------------------


def overdue(world: World) -> None:
    """A text that nobody judged in time."""
    world.text(PHONE, "JOIN")
    world.text(PHONE, "too many texts")
    assert world.inbound(PHONE)[-1].needs_review
    world.pass_time(days=10)


@pytest.mark.parametrize("words", ["FROM subscriber", "FROM inbound_message", "FROM consent_event"])
def test_a_scan_and_an_erasure_do_not_wait_in_a_ring(world: World, words: str) -> None:
    overdue(world)
    key = key_of(world, PHONE)
    with beside(world.database, words, lambda: erase_person(world, key)):
        scan(world.database, world.now, None)
    assert world.states(f"erased:{key}") == OUT
    with world.database.read() as session:
        assert session.get_one(Subscriber, key).erased_at is not None


@pytest.mark.parametrize("words", ["FROM subscriber", "FROM inbound_message", "FROM consent_event"])
def test_who_joins_anew_while_their_text_is_judged_is_in(world: World, words: str) -> None:
    """Whether the scan revokes first or sees the later word, that word counts."""
    overdue(world)
    with beside(world.database, words, lambda: [world.text(PHONE, w) for w in ("STOP", "JOIN")]):
        scan(world.database, world.now, None)
    assert (world.states(PHONE), world.is_suppressed(PHONE)) == (IN, False)


@pytest.mark.parametrize("words", ["FROM subscription", "FROM consent_event"])
def test_what_is_just_asked_anew_does_not_lapse(world: World, words: str) -> None:
    world.change_program(opt_in=OptIn.double, pending_hours=12)
    world.text(PHONE, "JOIN")
    world.pass_time(hours=12)

    def lapse() -> int:
        with world.database.write() as session:
            return lapse_pending(session, world.now)

    with beside(world.database, words, lapse):
        assert "YES" in str(world.text(PHONE, "JOIN"))
    assert "you are in" in str(world.text(PHONE, "YES"))
    assert world.states(PHONE) == IN


# -- the carrier and texts --------------------------------------------------------------------


# Their deliveries stand in another order than the people.
BROADCASTS = (("TECHNO", "Techno nights", KNOWN), ("JAZZ", "Jazz evenings", PHONE))


def broadcast_to(world: World, keyword: str, list_name: str, phone: str) -> int:
    """A broadcast to this one person; its delivery."""
    world.text(phone, keyword)
    with world.database.read() as session:
        list_id = world.list_id(session, list_name)
    broadcast = world.order(list_id=list_id)
    world.fire(broadcast)
    return world.deliveries(broadcast.id)[phone].id


def handed_over(world: World, key: int) -> int:
    with world.database.write() as session:
        delivery = session.get_one(Delivery, key)
        delivery.status, delivery.submitted_at = DeliveryStatus.accepted, world.now
        delivery.attempts = 1
        return delivery.id


@pytest.mark.parametrize("attempt", [1, 0])
def test_receipts_and_texts_of_the_same_people_do_not_wait_in_a_ring(
    world: World, attempt: int
) -> None:
    """Receipts go by deliveries, texts by people; an earlier attempt's opt-out counts as well."""
    world.text(PHONE, "JOIN")
    keys = [handed_over(world, broadcast_to(world, *one)) for one in BROADCASTS]
    told = [
        Receipt(f"SM{key:032x}", "failed", OPTED_OUT, (key, attempt), phone)
        for key, phone in zip(keys, (KNOWN, PHONE), strict=True)
    ]
    stops = ((PHONE, "STOP"), (KNOWN, "STOP"))
    with (
        beside(world.database, "FROM subscriber", lambda: texts(world, *stops)),
        world.database.write_by_key() as session,
    ):
        absorb_all(session, told, world.now)
    for phone in (PHONE, KNOWN):
        assert (world.states(phone), world.is_suppressed(phone)) == (OUT, True)


def test_nor_do_the_provider_s_own_refusals(world: World) -> None:
    world.text(PHONE, "JOIN")
    for keyword, list_name, phone in BROADCASTS:
        broadcast_to(world, keyword, list_name, phone)
    with world.database.write() as session:
        claimed = claim(session, 100, world.now).deliveries
    answer = refusal(Refused.suppress, OPTED_OUT)
    stops = ((PHONE, "STOP"), (KNOWN, "STOP"))
    with (
        beside(world.database, "FROM subscriber", lambda: texts(world, *stops)),
        world.database.write_by_key() as session,
    ):
        record(session, [Handed(one, world.now, answer) for one in claimed], 0, world.now)
    assert len(claimed) == 2
    for phone in (PHONE, KNOWN):
        assert (world.states(phone), world.is_suppressed(phone)) == (OUT, True)
