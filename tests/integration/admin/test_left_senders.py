"""A number that a program has left: who was spoken with there goes on being answered."""

import pytest
from sqlmodel import select

from models import OptIn, Program, Sender, SentFrom
from tests.integration.admin.desk import Desk, words
from tests.integration.test_joining import PHONE as SIGNED_UP
from tests.integration.test_joining import sign_up

PHONE, OTHER = "+12025550111", "97531"
HELP = "help@neon-nights.example"
SENDER = {
    "kind": "short_code",
    "address": OTHER,
    "replies_by": "application",
    "segments_per_second": "100",
}


def add_sender(desk: Desk) -> int:
    desk.get("/settings/senders/new")
    desk.post("/settings/senders/new", **SENDER)
    with desk.world.database.read() as session:
        return session.exec(select(Sender.id).where(Sender.address == OTHER)).one()


def move(desk: Desk, sender_id: int) -> None:
    """The program goes to another sender, by its form."""
    desk.get("/programs/1/edit")
    with desk.world.database.read() as session:
        facts = session.get_one(Program, 1).model_dump()
    form = {name: str(value) for name, value in facts.items() if value is not None}
    assert desk.post("/programs/1/edit", **(form | {"sender_id": str(sender_id)})).location


def delete(desk: Desk, sender_id: int) -> str:
    """What the page says after an attempt to delete a sender."""
    desk.get(f"/settings/senders/{sender_id}")
    answer = desk.post(f"/settings/senders/{sender_id}/delete")
    assert answer.status_code == 302
    return words(desk.get(answer.location))


@pytest.mark.parametrize("opt_in", list(OptIn))
def test_what_was_said_before_any_broadcast_is_answered(desk: Desk, opt_in: OptIn) -> None:
    """The question for a yes, or the confirmation, came from there."""
    desk.world.change_program(opt_in=opt_in)
    desk.world.text(PHONE, "JOIN")
    move(desk, add_sender(desk))
    if opt_in is OptIn.double:
        assert "you are in" in (desk.world.text(PHONE, "YES") or "")
    desk.world.pass_time(days=22)
    assert HELP in (desk.world.text(PHONE, "HELP") or "")
    desk.world.pass_time(days=2)
    assert "sends no messages" in (desk.world.text(PHONE, "HELP") or "")


def test_a_yes_to_the_question_after_a_sign_up(desk: Desk) -> None:
    assert sign_up(desk.world)
    move(desk, add_sender(desk))
    assert "you are in" in (desk.world.text(SIGNED_UP, "YES") or "")


def test_a_pool_member_that_is_removed_before_any_broadcast(desk: Desk) -> None:
    key = add_sender(desk)
    desk.get("/programs/1")
    desk.post("/programs/1/senders", sender_id=str(key))
    desk.world.text(PHONE, "JOIN", to=OTHER)
    desk.get("/programs/1")
    desk.post(f"/programs/1/senders/{key}/remove")
    assert HELP in (desk.world.text(PHONE, "HELP", to=OTHER) or "")


def test_one_at_which_nothing_was_said_is_deleted_all_the_same(desk: Desk) -> None:
    key = add_sender(desk)
    move(desk, key)
    move(desk, 1)
    assert f"{OTHER} was deleted." in delete(desk, key)
    with desk.world.database.read() as session:
        assert set(session.exec(select(SentFrom.sender_id))) <= {1}
