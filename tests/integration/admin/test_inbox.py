"""The inbox: marked texts first, and a member's decision about each."""

from sqlmodel import select

from bot.keywords import reads_as_stop
from models import (
    AuditEvent,
    AuditKind,
    ConsentSource,
    Delivery,
    DeliveryStatus,
    SubscriptionState,
)
from scheduler.inbox_scan import scan
from tests.integration.admin.browser import Browser
from tests.integration.admin.desk import words
from tests.world import World

PHONE = "+12025550101"
UNCLEAR = "cancel friday?"


def test_marked_texts_come_first_and_are_counted(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, UNCLEAR)
    world.text("+12025550202", "HELP")
    text = owner.get("/inbox").text
    assert text.index(UNCLEAR) < text.index("HELP</bdi>")
    only = owner.get("/inbox?folder=review").text
    assert UNCLEAR in only
    assert "HELP</bdi>" not in only
    assert "waiting for your eyes" in only
    assert "No answers yet" in owner.get("/inbox?folder=answers").text


def test_an_answer_to_a_broadcast_is_found_in_its_folder(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.fire(world.order())
    _handed_over(world)
    world.pass_time(minutes=5)
    world.text(PHONE, "Can I bring my dog?")
    text = owner.get("/inbox?folder=answers").text
    assert "Can I bring my dog?" in text
    assert "owner@neon.example" in text


def _handed_over(world: World) -> None:
    with world.database.write() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.status, delivery.submitted_at = DeliveryStatus.delivered, world.now
        session.add(delivery)


def test_treat_as_stop_has_the_effect_of_a_stop(world: World, promoter: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, UNCLEAR, sid="SMunclear")
    message = world.inbound(PHONE)[-1]
    assert message.needs_review
    answer = promoter.post(f"/inbox/{message.id}/stop", {"folder": "review"})
    assert answer.location == "/inbox?folder=review"
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.unsubscribed}
    assert world.is_suppressed(PHONE)
    event = world.consent_events(PHONE)[-1]
    assert event.source is ConsentSource.member
    assert event.member_id is not None
    assert (event.inbound_message_id, event.message_sid) == (message.id, "SMunclear")
    decided = world.inbound(PHONE)[-1]
    assert not decided.needs_review
    assert decided.reviewed_by_id == event.member_id
    assert decided.reviewed_at is not None


def test_not_an_opt_out_changes_no_consent(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, UNCLEAR)
    message = world.inbound(PHONE)[-1]
    assert owner.post(f"/inbox/{message.id}/reviewed").status_code == 302
    decided = world.inbound(PHONE)[-1]
    assert (decided.needs_review, decided.reviewed_by_id) == (False, world.member_id)
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}
    assert "Reviewed by Owner" in owner.get("/inbox").text


def test_the_first_decision_stands(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text(PHONE, UNCLEAR)
    message = world.inbound(PHONE)[-1]
    owner.post(f"/inbox/{message.id}/reviewed")
    owner.post(f"/inbox/{message.id}/stop")
    assert "Somebody has decided about this text already." in owner.get("/inbox").text
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}


def test_a_text_from_no_phone_can_be_reviewed(world: World, owner: Browser) -> None:
    world.text("NEONCLUB", "STOP")
    message = world.inbound("NEONCLUB")[-1]
    assert "NEONCLUB" in owner.get("/inbox?folder=review").text
    assert owner.post(f"/inbox/{message.id}/stop").status_code == 302
    assert not world.inbound("NEONCLUB")[-1].needs_review


def test_what_the_scan_found_is_said_and_who_judged_is_recorded(
    world: World, owner: Browser
) -> None:
    for phone in (PHONE, "+12025550202", "+12025550303"):
        world.text(phone, "JOIN")
        world.text(phone, UNCLEAR)
    assert "It found none in the last two weeks." in owner.get("/inbox").text
    for key, decision in ((2, "stop"), (4, "reviewed")):
        assert owner.post(f"/inbox/{key}/{decision}").status_code == 302
    with world.database.read() as session:
        acts = session.exec(select(AuditEvent).where(AuditEvent.kind == AuditKind.judged)).all()
    assert [(act.member_id, act.subject) for act in acts] == [
        (world.member_id, {"inbound_message": 2, "treated_as_stop": True}),
        (world.member_id, {"inbound_message": 4, "treated_as_stop": False}),
    ]
    assert "It found none in the last two weeks." in owner.get("/inbox").text
    world.pass_time(days=7)
    scan(world.database, world.now, reads_as_stop)
    page = words(owner.get("/inbox"))
    assert "The inbox scan of 30 Nov 2026, 17:00 UTC found 1 text that nobody judged" in page
    assert "treated it as a STOP." in page
    assert "Judged by the inbox scan" in page
