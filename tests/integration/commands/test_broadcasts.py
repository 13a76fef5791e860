"""`marquee broadcast-pause` and the like: what an operator does without a log-in."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from models import (
    AuditEvent,
    AuditKind,
    BroadcastStatus,
    Delivery,
    DeliveryStatus,
    Organization,
)
from tests.between import once_after
from tests.integration.commands.conftest import Call
from tests.world import World


@pytest.fixture
def sending(world: World) -> int:
    world.crowd(3)
    broadcast = world.order()
    world.fire(broadcast)
    return broadcast.id


def test_pause_resume_cancel(world: World, call: Call, sending: int) -> None:
    for command, status in (
        ("broadcast-pause", BroadcastStatus.paused),
        ("broadcast-resume", BroadcastStatus.sending),
        ("broadcast-cancel", BroadcastStatus.canceled),
    ):
        more = ("--yes",) if command == "broadcast-cancel" else ()
        done = call(command, str(sending), *more)
        assert done.exit_code == 0, done.output
        assert world.broadcast(sending).status is status
    refused = call("broadcast-resume", str(sending))
    assert refused.exit_code == 1
    assert "is canceled: that cannot be done now" in refused.output


def test_cancel_asks_first(world: World, call: Call, sending: int) -> None:
    assert call("broadcast-cancel", str(sending)).exit_code == 1
    assert world.broadcast(sending).status is BroadcastStatus.sending


@pytest.mark.parametrize("command", ["broadcast-pause", "broadcast-resume", "balance"])
def test_a_broadcast_that_is_not_there(call: Call, command: str) -> None:
    assert "There is no broadcast 999." in call(command, "999").output
    for no_key in ("none", "0", str(2**63)):
        assert call(command, no_key).exit_code == 2


def test_stop_everything_and_end_it(world: World, call: Call) -> None:
    assert "Neon Nights: everything is stopped." in call("stop-everything").output
    assert "was stopped already" in call("stop-everything").output
    with world.database.read() as session:
        assert session.exec(select(Organization.stopped_at)).one() is not None
    assert "sending goes on" in call("stop-everything", "--end").output
    assert "was not stopped" in call("stop-everything", "--end").output
    with world.database.read() as session:
        kinds = [act.kind for act in session.exec(select(AuditEvent))]
    assert kinds == [AuditKind.stopped, AuditKind.resumed]


def test_of_two_organizations_one_is_named(world: World, call: Call) -> None:
    world.another_organization()
    assert "--organization" in call("stop-everything").output
    assert "Other Org: everything" in call("stop-everything", "--organization", "Other Org").output
    with world.database.read() as session:
        stopped = session.exec(
            select(Organization.name).where(Organization.stopped_at != None)  # noqa: E711
        ).all()
    assert stopped == ["Other Org"]


def test_the_balance_and_its_check(world: World, call: Call, sending: int) -> None:
    plain = call("balance", str(sending))
    assert plain.exit_code == 0
    assert "It adds up." in plain.output
    checked = call("balance", str(sending), "--check")
    assert "the counters are right" in checked.output
    with world.database.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET status = 'failed' WHERE id = 1"))
    wrong = call("balance", str(sending), "--check")
    assert wrong.exit_code == 1
    assert "The counters differ from the deliveries." in wrong.output
    with world.database.engine.begin() as connection:
        connection.execute(text("UPDATE broadcast SET audience = 4"))
    assert "do not add up" in call("balance", str(sending)).output


def test_a_check_is_right_of_a_broadcast_that_is_going_out(
    world: World, call: Call, sending: int
) -> None:
    def deliver() -> None:
        with world.database.write() as session:
            session.get_one(Delivery, 1).status = DeliveryStatus.delivered

    with once_after("delivery_count.value", deliver):
        checked = call("balance", str(sending), "--check")
    assert "the counters are right" in checked.output
