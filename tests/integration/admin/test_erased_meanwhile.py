"""An erasure that is over by the time at which a member's own request gets to the person."""

import pytest
from sqlmodel import col, select

from models import Subscriber
from tests.between import once_after
from tests.integration.admin.browser import Browser
from tests.person import erase_person
from tests.world import World

# On SQLite one transaction writes at a time, from its beginning on.
pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

PHONE = "+12025550101"


def with_number(world: World) -> int:
    with world.database.read() as session:
        return len(
            session.exec(select(Subscriber).where(col(Subscriber.phone_number) == PHONE)).all()
        )


def test_an_opt_out_brings_no_erased_number_back(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    fields = {"channel": "e-mail", "received_on": "2026-03-03", "note": "By e-mail."}
    with once_after("FROM subscriber", lambda: erase_person(world, 1)):
        assert owner.post("/subscribers/1/opt-out", fields).status_code == 302
    assert "nothing to end" in owner.get("/subscribers/1").text
    assert with_number(world) == 0


def test_a_judged_text_brings_no_erased_number_back(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, "cancel friday?")
    message = world.inbound(PHONE)[-1]
    with once_after("FROM inbound_message", lambda: erase_person(world, 1)):
        assert owner.post(f"/inbox/{message.id}/stop", {"folder": "review"}).status_code == 302
    assert "decided about this text already" in owner.get("/inbox").text
    assert with_number(world) == 0
