"""The page on which a member decides what became of unknown messages."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from models import AuditEvent, BroadcastStatus, Delivery, DeliveryStatus, Role
from tests.integration.admin.desk import Desk, settle, started, words


@pytest.fixture
def key(desk: Desk) -> int:
    """A broadcast of two, one of which stayed unknown for more than a day."""
    broadcast_id = started(desk, 2, BroadcastStatus.sent)
    first_tried = desk.world.now - timedelta(days=1, seconds=1)
    with desk.world.database.write() as session:
        first, second = session.exec(select(Delivery).order_by(Delivery.id)).all()  # type: ignore[arg-type]
        settle(session, [second], DeliveryStatus.delivered)
        settle(session, [first], DeliveryStatus.unknown)
        first.submitted_at = first_tried
        first.attempts = 1
    desk.world.change_broadcast(broadcast_id, started_at=first_tried)
    return broadcast_id


def standing(desk: Desk, key: int) -> dict[DeliveryStatus, int]:
    return desk.world.balance(key).by_status


def test_the_broadcasts_page_leads_there(desk: Desk, key: int) -> None:
    page = desk.get(f"/broadcasts/{key}")
    assert "1 message stayed unknown for a day." in words(page)
    assert f'href="/broadcasts/{key}/undecided"' in page.text
    assert "+1 202-555-0000" in words(desk.get(f"/broadcasts/{key}/undecided"))
    assert standing(desk, key)[DeliveryStatus.unknown] == 1


SAID = {
    "/": "Messages stayed unknown for a day: All guests",
    "/live": "Messages stayed unknown for a day: All guests",
    "/broadcasts": "Messages stayed unknown for a day, and wait for a member to decide.",
}


@pytest.mark.parametrize("place", SAID)
def test_it_is_said_where_everybody_looks_until_it_is_decided(
    desk: Desk, key: int, place: str
) -> None:
    """And not before: a day may still bring a receipt."""
    assert SAID[place] in words(desk.get(place))
    with time_machine.travel(desk.world.now - timedelta(seconds=2)):
        assert SAID[place] not in words(desk.get(place))
    desk.get(f"/broadcasts/{key}/undecided")
    desk.post(f"/broadcasts/{key}/undecided", choice="failed")
    assert SAID[place] not in words(desk.get(place))


def test_the_dashboard_leads_to_the_decision(desk: Desk, key: int) -> None:
    assert f'href="/broadcasts/{key}/undecided">Decide' in desk.get("/").text
    desk.sit_down(desk.colleague(Role.auditor))
    page = desk.get("/").text
    assert f'href="/broadcasts/{key}">See it' in page


def test_another_organizations_are_its_own_affair(desk: Desk, key: int) -> None:
    desk.world.change_broadcast(key, organization_id=desk.world.another_organization())
    assert all(SAID[place] not in words(desk.get(place)) for place in SAID)


def test_counted_as_not_delivered(desk: Desk, key: int) -> None:
    desk.get(f"/broadcasts/{key}/undecided")
    answer = desk.post(f"/broadcasts/{key}/undecided", choice="failed")
    assert answer.location == f"/broadcasts/{key}"
    assert standing(desk, key) == {DeliveryStatus.delivered: 1, DeliveryStatus.failed: 1}
    page = words(desk.get(f"/broadcasts/{key}"))
    assert "stayed unknown for a day" not in page
    assert "a member counted it as not delivered" in page


def test_sending_again_asks_twice(desk: Desk, key: int) -> None:
    desk.get(f"/broadcasts/{key}/undecided")
    refused = desk.post(f"/broadcasts/{key}/undecided", choice="again")
    assert refused.status_code == 422
    assert "some people may get the message twice" in words(refused)
    assert standing(desk, key)[DeliveryStatus.unknown] == 1
    assert desk.post(f"/broadcasts/{key}/undecided", choice="again", sure="yes").status_code == 303
    assert standing(desk, key) == {DeliveryStatus.delivered: 1, DeliveryStatus.pending: 1}
    assert desk.world.broadcast(key).status is BroadcastStatus.sending
    with desk.world.database.read() as session:
        assert session.exec(select(AuditEvent)).one().member_id == desk.world.member_id


def test_nonsense_changes_nothing(desk: Desk, key: int) -> None:
    desk.get(f"/broadcasts/{key}/undecided")
    assert desk.post(f"/broadcasts/{key}/undecided", choice="perhaps").status_code == 422
    assert desk.post(f"/broadcasts/{key}/undecided").status_code == 422
    assert standing(desk, key)[DeliveryStatus.unknown] == 1


def test_whoever_comes_second_finds_nothing_left(desk: Desk, key: int) -> None:
    desk.get(f"/broadcasts/{key}/undecided")
    desk.post(f"/broadcasts/{key}/undecided", choice="failed")
    desk.post(f"/broadcasts/{key}/undecided", choice="again", sure="yes")
    assert "There was nothing left to decide." in words(desk.get(f"/broadcasts/{key}"))
    assert "Nothing to decide" in words(desk.get(f"/broadcasts/{key}/undecided"))


def test_an_auditor_only_reads(desk: Desk, key: int) -> None:
    desk.sit_down(desk.colleague(Role.auditor))
    page = desk.get(f"/broadcasts/{key}/undecided")
    assert "<button" not in page.text.partition("<main")[2]
    assert "+12025550000" not in page.text
    assert desk.post(f"/broadcasts/{key}/undecided", choice="failed").status_code == 403
