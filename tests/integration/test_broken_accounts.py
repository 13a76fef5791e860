"""Codes that mean the account or sender is broken pause the broadcast, and tell the promoter why.

The list is written down here a second time, from Twilio's error dictionary
(https://www.twilio.com/docs/api/errors), so that a slip in the table is found.
"""

import pytest

from messaging.errors import CODES, Outcome, meaning, outcome_of_answer
from models import BroadcastStatus, DeliveryStatus
from tests.fake_provider import FakeProvider
from tests.sending import refusal, send_all
from tests.world import World

SUPPRESS = {21610}
FOR_GOOD = {21211, 21614, 30005, 30006}
AGAIN = {30003, 30008, 20503}
SLOWER = {20429, 21611, 30001, 30022, 63017, 63038, 14107}
BROKEN = {30002, 30007, 30034, 21408, 21606, 30032, 20003}
# What the list leaves open: a sender's address that is none, or of another account, a messaging
# service without numbers, an account or sender that is unknown or not active, what is about one
# number or one text, and what waited too long at the provider.
MORE_BROKEN = {21212, 21659, 21660, 21703, 21704, 20404, 20005}
MORE_FOR_GOOD = {21612, 21602, 21617}
MORE_AGAIN = {30036}
DAY_OVER = {30023, 30027}  # 10DLC's daily limits


def test_the_table_says_what_the_list_says() -> None:
    for codes, outcome in (
        (SUPPRESS, Outcome.suppress),
        (FOR_GOOD | MORE_FOR_GOOD, Outcome.permanent),
        (AGAIN | MORE_AGAIN, Outcome.retry),
        (SLOWER, Outcome.slow_down),
        (DAY_OVER, Outcome.day_over),
        (BROKEN | MORE_BROKEN, Outcome.pause),
    ):
        known = {code for code, row in CODES.items() if row.outcome is outcome and code > 0}
        assert known == codes


@pytest.mark.parametrize("code", sorted(BROKEN | MORE_BROKEN))
def test_it_pauses_and_tells_why(world: World, code: int) -> None:
    phones = world.crowd(3)
    broadcast = world.order()
    world.fire(broadcast)
    provider = FakeProvider()
    outcome = outcome_of_answer(400, code)
    provider.answers = {phone: refusal(outcome, code) for phone in phones}
    send_all(world, provider, 5)
    paused = world.broadcast(broadcast.id)
    assert paused.status is BroadcastStatus.paused
    assert paused.attention == f"Paused by Marquee: {meaning(code)}"
    standing = world.balance(broadcast.id)
    assert standing.holds
    # Nobody is lost: it goes on where it stopped, once somebody has mended it.
    assert standing.count(DeliveryStatus.pending) == 3
