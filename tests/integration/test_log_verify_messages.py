"""Messages and the log: what is under way is no finding, and what is denied or made up is named."""

import asyncio

import pytest
from sqlmodel import select

from messaging.errors import Outcome
from messaging.providers import Accepted, SendError
from models import Delivery, DeliveryStatus, Notice, Unsealed
from models.leaves import submission_leaf
from scheduler import notices
from scheduler.claim import claim
from scheduler.giving_back import give_back
from scheduler.record import Answer, Handed
from scheduler.record import record as write_down
from tests.fake_provider import FakeProvider
from tests.integration.forger import Forger, Verify, seal_now
from tests.integration.test_notices import sign_up
from tests.world import World

PHONE = "+12025550101"


@pytest.fixture
def broadcasting(world: World) -> World:
    """One delivery that is still to go."""
    world.text(PHONE, "JOIN")
    world.fire(world.order())
    seal_now(world)
    return world


def change(world: World, **values: object) -> Delivery:
    """What a sender writes into the one delivery."""
    with world.database.write() as session:
        delivery = session.exec(select(Delivery)).one()
        for name, value in values.items():
            setattr(delivery, name, value)
        session.add(delivery)
    return delivery


def hand_over(world: World, consent: int | None = 1) -> None:
    """An attempt that is written down with its leaf."""
    with world.database.write() as session:
        one = session.exec(select(Delivery)).one()
        one.submitted_at, one.consent_event_id = world.now, consent
        one.attempts += 1
        leaf = submission_leaf(
            one.id, one.attempts, one.broadcast_id, one.subscriber_id, consent, world.now
        )
        session.add(one)
        session.add(Unsealed(organization_id=world.organization_id, leaves=leaf))


def is_fine(result: tuple[int, str]) -> bool:
    assert result[0] == 0, result[1]
    return True


def named(result: tuple[int, str], sentence: str) -> None:
    code, output = result
    assert code == 1, output
    assert sentence in output


def test_one_that_is_under_way_needs_no_leaf_yet(broadcasting: World, verify: Verify) -> None:
    change(broadcasting, status=DeliveryStatus.sending, attempts=1, consent_event_id=1)
    assert is_fine(verify(broadcasting))


@pytest.mark.parametrize("keeps_time", [True, False])
def test_a_second_try_under_way_has_the_leaf_of_the_first(
    broadcasting: World, verify: Verify, keeps_time: bool
) -> None:
    """And already the consent of the second, if the person joined anew in between."""
    hand_over(broadcasting)
    broadcasting.pass_time(minutes=5)
    broadcasting.text(PHONE, "STOP")
    broadcasting.text(PHONE, "JOIN")
    again = {} if keeps_time else {"submitted_at": None}
    change(broadcasting, status=DeliveryStatus.sending, attempts=2, consent_event_id=3, **again)
    seal_now(broadcasting)
    assert is_fine(verify(broadcasting))
    hand_over(broadcasting, consent=3)
    change(broadcasting, status=DeliveryStatus.unknown)
    assert is_fine(verify(broadcasting))
    change(broadcasting, consent_event_id=1)
    named(verify(broadcasting), "delivery 1 [changed]: consent is 1, and the log says 3")


def attempt(world: World, answer: Answer | None) -> None:
    """One try, in which the provider says this; None: it is claimed, and given back unsent."""
    with world.database.write() as session:
        (claimed,) = claim(session, 100, world.now).deliveries
    with world.database.write() as session:
        if answer is None:
            give_back(session, [claimed], world.now)
        else:
            write_down(session, [Handed(claimed, world.now, answer)], 0, world.now)


AWAY = SendError(Outcome.retry, 20503, "away")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        SendError(Outcome.slow_down, 20429, "too many"),
        SendError(Outcome.retry, None, "no connection"),
    ],
)
def test_a_try_that_did_not_leave_changes_nothing_of_the_one_before(
    broadcasting: World, verify: Verify, answer: Answer | None
) -> None:
    """The person has joined anew in between: what left did so under the consent of that time."""
    attempt(broadcasting, AWAY)
    broadcasting.pass_time(seconds=20)
    broadcasting.text(PHONE, "STOP")
    broadcasting.text(PHONE, "JOIN")
    broadcasting.pass_time(minutes=2)
    attempt(broadcasting, answer)
    assert is_fine(verify(broadcasting))
    broadcasting.pass_time(minutes=5)
    attempt(broadcasting, Accepted("SM" + "c" * 32))
    assert is_fine(verify(broadcasting))
    assert change(broadcasting).consent_event_id == 3
    change(broadcasting, consent_event_id=1)
    named(verify(broadcasting), "delivery 1 [changed]: consent is 1, and the log says 3")


def test_one_that_was_given_back_before_it_ever_left_has_no_leaf(
    broadcasting: World, verify: Verify
) -> None:
    attempt(broadcasting, None)
    assert is_fine(verify(broadcasting))
    assert (change(broadcasting).consent_event_id, change(broadcasting).submitted_at) == (1, None)


def test_a_second_try_may_be_earlier_by_a_clock_that_was_set_back(
    broadcasting: World, verify: Verify
) -> None:
    attempt(broadcasting, AWAY)
    first = change(broadcasting).submitted_at
    broadcasting.pass_time(hours=-1)
    change(broadcasting, next_attempt_at=broadcasting.now)  # as scheduler.set_back does
    assert is_fine(verify(broadcasting))
    attempt(broadcasting, Accepted("SM" + "c" * 32))
    assert is_fine(verify(broadcasting))
    seal_now(broadcasting)
    # Back to the try before, whose leaf is there: the row denies the last one.
    change(broadcasting, submitted_at=first)
    named(verify(broadcasting), "delivery 1 [inserted]: it has no leaf in the log")


@pytest.mark.parametrize("attempts", [2, 9])
def test_a_submission_denied_in_favour_of_the_one_before_is_named(
    broadcasting: World, verify: Verify, attempts: int
) -> None:
    attempt(broadcasting, AWAY)
    first = change(broadcasting).submitted_at
    broadcasting.pass_time(minutes=5)
    attempt(broadcasting, Accepted("SM" + "c" * 32))
    change(broadcasting, submitted_at=first, attempts=attempts)
    named(verify(broadcasting), "delivery 1 [")


@pytest.mark.parametrize("status", ["accepted", "sent", "delivered", "undelivered", "unknown"])
def test_one_that_is_with_the_provider_must_have_been_handed_over(
    broadcasting: World, verify: Verify, status: str
) -> None:
    change(broadcasting, status=DeliveryStatus(status))
    named(verify(broadcasting), "delivery 1 [inserted]: it has no leaf in the log")


def test_a_submission_denied_is_named_whatever_state_it_is_put_into(
    broadcasting: World, verify: Verify
) -> None:
    hand_over(broadcasting)
    seal_now(broadcasting)
    for status in ("pending", "skipped", "failed", "delivered"):
        change(broadcasting, status=DeliveryStatus(status), submitted_at=None)
        named(verify(broadcasting), "delivery 1 [changed]: submitted_at is null")


# -- notices --------------------------------------------------------------------------------------


@pytest.fixture
def asked(world: World) -> World:
    """A question for a yes that was handed over, in the log."""
    sign_up(world, PHONE)
    sign_up(world, "+12025550102")
    asyncio.run(notices.send(world.database, FakeProvider(), lambda: world.now))
    seal_now(world)
    return world


def test_honest_notices_verify(asked: World, verify: Verify) -> None:
    code, output = verify(asked)
    assert code == 0, output
    assert "2 consent events, 0 acts, 1 disclosures and 2 submitted messages; 5 leaves" in output


def test_a_notice_that_waits_or_that_was_sent_before_there_were_leaves(
    asked: World, verify: Verify
) -> None:
    sign_up(asked, "+12025550103")
    Forger(asked)(
        "UPDATE notice SET status = 'sent', program_id = NULL, consent_event_id = NULL "
        "WHERE submitted_at IS NULL"
    )
    sign_up(asked, "+12025550104")
    assert is_fine(verify(asked))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("subscriber_id = 2", "notice 1 [changed]: subscriber is 2, and the log says 1"),
        ("program_id = NULL", "notice 1 [changed]: program is null, and the log says 1"),
        ("sender_id = 9", "notice 1 [changed]: sender is 9, and the log says 1"),
        ("consent_event_id = 2", "notice 1 [changed]: consent is 2, and the log says 1"),
        ("submitted_at = NULL", "notice 1 [changed]: submitted_at is null"),
        ("submitted_at = '2026-11-23 11:00:00'", "notice 1 [changed]: submitted_at is"),
        ("submitted_at = '2026-11-23 18:00:00'", "notice 1 [inserted]: it has no leaf"),
        ("organization_id = 9", "notice 1 [deleted]"),
        ("id = 9", "notice 1 [deleted]"),
    ],
)
def test_a_notice_changed_by_hand_is_named(
    asked: World, verify: Verify, change: str, sentence: str
) -> None:
    if not asked.database.is_postgresql:
        change = change.replace(":00'", ":00.000000'")
    Forger(asked)(f"UPDATE notice SET {change} WHERE id = 1")
    named(verify(asked), sentence)


def test_a_notice_made_up_or_deleted_is_named(asked: World, verify: Verify) -> None:
    forger = Forger(asked)
    with asked.database.write() as session:
        first = session.get_one(Notice, 1)
        session.add(Notice(**first.model_dump(exclude={"id"}) | {"submitted_at": None}))
    named(verify(asked), "notice 3 [inserted]: it has no leaf in the log")
    forger("DELETE FROM notice WHERE id <> 1")
    named(verify(asked), "notice 2 [deleted]: the row is gone; its leaf is leaf 4")
