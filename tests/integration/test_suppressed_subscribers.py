"""Somebody who is subscribed and suppressed at once, as a file and a text once left them."""

import pytest
from sqlmodel import select

from models import ConsentKind, Subscriber, SubscriptionState, Suppression, SuppressionReason
from tests.integration.test_together import add_club
from tests.world import World

KNOWN = "+12025550101"


def suppress(world: World, phone: str) -> None:
    """Suppressed, and nothing else changes."""
    with world.database.write() as session:
        person = session.exec(select(Subscriber).where(Subscriber.phone_number == phone)).one()
        known = {"organization_id": person.organization_id, "phone_number": phone}
        reason = SuppressionReason.imported
        session.add(
            Suppression(
                **known, number_hash=person.number_hash, reason=reason, created_at=world.now
            )
        )


@pytest.mark.parametrize("word", ["JOIN", "START", "CLUB"])
@pytest.mark.parametrize("opt_in", ["single", "double"])
def test_who_is_on_a_list_and_suppressed_all_the_same_opts_in_anew(
    world: World, word: str, opt_in: str
) -> None:
    """No answer may say that they are on the list while they get nothing."""
    add_club(world)
    world.text(KNOWN, "JOIN")
    world.change_program(opt_in=opt_in)
    suppress(world, KNOWN)
    world.text(KNOWN, word)
    if word == "CLUB":  # another program's question stands first: it lifts nothing
        assert world.is_suppressed(KNOWN)
        world.text(KNOWN, "JOIN")
    if opt_in == "double":
        assert world.states(KNOWN)["Neon Nights"] is SubscriptionState.pending
        world.text(KNOWN, "YES")
    assert world.states(KNOWN)["Neon Nights"] is SubscriptionState.subscribed
    assert not world.is_suppressed(KNOWN)
    kinds = [event.kind for event in world.consent_events(KNOWN) if event.program_id == 1]
    assert kinds.count(ConsentKind.opted_in) == 2
    assert world.lists(KNOWN) >= {"All guests"}
