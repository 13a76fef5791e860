"""The list of broadcasts and the page of one: counts that move, answers, who may see it."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from models import (
    Answer,
    AnswerStatus,
    Broadcast,
    BroadcastStatus,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    Role,
)
from scheduler import firing, freeze
from tests.between import once_after
from tests.integration.admin.desk import Desk, settle, spread, started, words


def count(page: str, name: str) -> str:
    found = re.search(rf'id="count-{name}">(?:<a[^>]*>)?([\d,]+)', page)
    assert found is not None, name
    return found[1]


def test_without_broadcasts_the_page_leads_to_the_first_one(sqlite_desk: Desk) -> None:
    page = sqlite_desk.get("/broadcasts")
    assert "No broadcast yet" in words(page)
    assert 'href="/broadcasts/new"' in page.text


def test_the_newest_stands_first_with_its_time_in_its_own_zone(desk: Desk) -> None:
    desk.world.crowd(1)
    desk.world.order(body="Neon Nights: the first. STOP to end")
    desk.world.order(
        body="Neon Nights: <b>the second</b>. STOP to end",
        scheduled_at=desk.world.now + timedelta(days=1),
        timezone="Asia/Tokyo",
    )
    page = desk.get("/broadcasts")
    assert page.text.index("the second") < page.text.index("the first")
    assert "<b>the second" not in page.text
    assert "Wednesday 25 November 2026, 02:00 Asia/Tokyo" in words(page)
    assert "All guests" in words(page)


def test_the_list_is_filtered_by_status_and_paged(sqlite_desk: Desk) -> None:
    sqlite_desk.world.crowd(1)
    for number in range(23):
        sqlite_desk.world.order(body=f"Neon Nights: night {number:02d}. STOP to end")
    canceled = sqlite_desk.world.order(body="Neon Nights: called off")
    with sqlite_desk.world.database.write() as session:
        session.get_one(Broadcast, canceled.id).status = BroadcastStatus.canceled
    first, second = (words(sqlite_desk.get(f"/broadcasts?page={page}")) for page in (1, 2))
    assert "night 22" in first
    assert "night 00" not in first
    assert "night 00" in second
    only = words(sqlite_desk.get("/broadcasts?status=canceled"))
    assert "called off" in only
    assert "night 22" not in only
    assert "No broadcast has this status now" in words(sqlite_desk.get("/broadcasts?status=held"))
    assert "night 22" in words(sqlite_desk.get("/broadcasts?status=nonsense&page=-1"))


def test_the_counts_add_up_while_it_runs(desk: Desk) -> None:
    broadcast_id = started(desk, 10)
    spread(desk, broadcast_id)
    page = desk.get(f"/broadcasts/{broadcast_id}")
    expected = {"audience": "10", "sent": "4", "delivered": "2", "undelivered": "1"}
    expected |= {"failed": "1", "skipped": "2", "unknown": "1", "to-go": "3"}
    assert {name: count(page.text, name) for name in expected} == expected
    balance = "10 = 2 delivered + 1 undelivered + 1 failed + 2 skipped + 1 unknown + 3 still to go"
    assert f"Audience {balance}" in words(page)
    assert "does not add up" not in words(page)
    assert "1 Opted out They texted STOP" in words(page)
    assert "1 Left the list" in words(page)
    assert "2 of 10 delivered" in words(desk.get("/broadcasts"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_list_never_shows_more_delivered_than_there_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part is frozen and delivered while the list is being read."""
    monkeypatch.setattr(freeze, "FIRST_PART", 3)
    world = desk.world
    world.crowd(9)
    broadcast = world.order()
    with world.database.write() as session:
        firing.fire(session, broadcast.id, world.now)

    def go_on() -> None:
        freeze.freeze_rest(world.database, broadcast.id, world.now)
        with world.database.write() as session:
            settle(session, list(session.exec(select(Delivery))), DeliveryStatus.delivered)

    with once_after("list.name", go_on):
        page = words(desk.get("/broadcasts"))
    assert "9 of 9 delivered" in page


def test_a_balance_that_does_not_hold_is_not_hidden(sqlite_desk: Desk) -> None:
    broadcast_id = started(sqlite_desk, 3)
    with sqlite_desk.world.database.write() as session:
        session.get_one(Broadcast, broadcast_id).audience = 4
    assert "does not add up" in words(sqlite_desk.get(f"/broadcasts/{broadcast_id}"))


@pytest.mark.parametrize(
    ("status", "asks_again"),
    [
        (BroadcastStatus.sending, True),
        (BroadcastStatus.paused, True),
        (BroadcastStatus.sent, False),
        (BroadcastStatus.canceled, False),
    ],
)
def test_the_numbers_ask_for_themselves_while_they_can_move(
    sqlite_desk: Desk, status: BroadcastStatus, asks_again: bool
) -> None:
    broadcast_id = started(sqlite_desk, 1, status)
    with sqlite_desk.world.database.write() as session:
        (delivery,) = session.exec(select(Delivery))
        settle(session, [delivery], DeliveryStatus.delivered)
        if not asks_again:
            session.get_one(Broadcast, broadcast_id).finished_at = sqlite_desk.world.now
    part = sqlite_desk.get(f"/broadcasts/{broadcast_id}/progress").text
    assert ('hx-trigger="every 1s"' in part) is asks_again
    assert "<html" not in part


def test_a_finished_one_still_waits_for_receipts_but_not_for_ever(sqlite_desk: Desk) -> None:
    broadcast_id = started(sqlite_desk, 1, BroadcastStatus.sent)
    with sqlite_desk.world.database.write() as session:
        (delivery,) = session.exec(select(Delivery))
        settle(session, [delivery], DeliveryStatus.sent)
        broadcast = session.get_one(Broadcast, broadcast_id)
        broadcast.finished_at = sqlite_desk.world.now
    path = f"/broadcasts/{broadcast_id}/progress"
    assert "every 1s" in sqlite_desk.get(path).text
    with time_machine.travel(sqlite_desk.world.now + timedelta(minutes=11)):
        assert "every" not in sqlite_desk.get(path).text


def test_a_scheduled_one_tells_whom_it_would_reach(sqlite_desk: Desk) -> None:
    sqlite_desk.world.crowd(3)
    sqlite_desk.world.text("+12025550001", "STOP")
    broadcast = sqlite_desk.world.order(scheduled_at=sqlite_desk.world.now + timedelta(hours=3))
    page = sqlite_desk.get(f"/broadcasts/{broadcast.id}")
    assert "2 people would get it if it started now; 1 would be skipped" in words(page)
    assert "20:00 UTC – in 2 hours" in words(page)
    assert "every 10s" in page.text


def test_answers_stand_on_the_page_safely(sqlite_desk: Desk) -> None:
    broadcast_id = started(sqlite_desk, 1)
    with sqlite_desk.world.database.write() as session:
        inbound = InboundMessage(
            organization_id=sqlite_desk.world.organization_id,
            sender_id=session.get_one(Broadcast, broadcast_id).sender_id,
            message_sid="SManswer",
            from_number="+12025550000",
            to_number="24680",
            body="<script>alert(1)</script> \u202e see you",
            intent="other",
            received_at=sqlite_desk.world.now,
        )
        session.add(inbound)
        session.flush()
        session.add(
            Answer(
                organization_id=inbound.organization_id,
                inbound_message_id=inbound.id,
                broadcast_id=broadcast_id,
                destination="owner@neon.example",
                status=AnswerStatus.sent,
                next_attempt_at=sqlite_desk.world.now,
            )
        )
    page = sqlite_desk.get(f"/broadcasts/{broadcast_id}")
    assert "Answers 1" in words(page)
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>alert" not in page.text
    assert 'href="/inbox"' in page.text


def test_an_auditor_sees_everything_and_is_offered_nothing(sqlite_desk: Desk) -> None:
    broadcast_id = started(sqlite_desk, 10)
    spread(sqlite_desk, broadcast_id)
    sqlite_desk.sit_down(sqlite_desk.colleague(Role.auditor))
    page = sqlite_desk.get(f"/broadcasts/{broadcast_id}")
    assert words(page).count("+1••••••00") == 10
    assert "202-555" not in page.text
    assert sqlite_desk.get(f"/broadcasts/{broadcast_id}/deliveries.csv").status_code == 200
    for offered in ("/pause", "/cancel", "/resume", "/release"):
        assert offered not in page.text


@pytest.mark.parametrize("part", ["", "/progress", "/deliveries.csv", "/cancel"])
def test_another_organizations_broadcast_is_not_found(desk: Desk, part: str) -> None:
    broadcast_id = started(desk, 1)
    assert desk.get(f"/broadcasts/{broadcast_id}{part}").status_code == 200
    other = desk.world.another_organization()
    desk.sit_down(desk.colleague(Role.owner, other))
    assert desk.get(f"/broadcasts/{broadcast_id}{part}").status_code == 404
    assert desk.get(f"/broadcasts/{2**70}{part}").status_code == 404
    assert "doors at 9" not in desk.get("/broadcasts").text
