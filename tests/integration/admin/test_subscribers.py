"""Subscribers: search, one's whole history, and an opt-out recorded by hand."""

from sqlmodel import select

from models import (
    ConsentKind,
    ConsentSource,
    Delivery,
    DeliveryStatus,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from tests.integration.admin.browser import Browser
from tests.person import erase_person
from tests.world import World

PHONE = "+12025550101"


def test_any_part_of_a_number_finds_it(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text("+12025550202", "JOIN")
    for typed in ("0101", "555-01", "%2B1+(202)+555-0101", "2025550101"):
        text = owner.get(f"/subscribers?q={typed}").text
        assert "555-0101" in text, typed
        assert "555-0202" not in text, typed
    assert owner.get("/subscribers?q=%00%25_").status_code == 200


def test_subscribers_are_filtered_by_state(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text("+12025550202", "JOIN")
    world.text("+12025550202", "STOP")
    assert "555-0202" not in owner.get("/subscribers?state=subscribed").text
    assert "555-0101" not in owner.get("/subscribers?state=unsubscribed").text
    assert "555-0101" in owner.get("/subscribers?state=nonsense").text


def test_a_history_tells_all_newest_first(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN", sid="SMjoin")
    sent = world.order()
    world.pass_time(minutes=1)
    world.fire(sent)
    with world.database.write() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.status, delivery.submitted_at = DeliveryStatus.failed, world.now
        delivery.error_code, delivery.message_sid = 30005, "SMout"
        session.add(delivery)
    world.pass_time(minutes=1)
    world.text(PHONE, "STOP", sid="SMstop")
    text = owner.get("/subscribers/1").text
    for part in (
        "SMjoin",
        "SMout",
        "SMstop",
        "doors at 9",
        "The number does not exist or is out of service. (error 30005)",
        "you are unsubscribed and will get no more messages",
        "They opted out by text.",
    ):
        assert part in text, part
    assert text.index("Opted out") < text.index("SMout") < text.index("Opted in")


def test_a_skipped_delivery_says_why_in_plain_words(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    world.text("+12025550202", "JOIN")
    world.text(PHONE, "STOP")
    world.fire(world.order())
    with world.database.write() as session:
        delivery = session.exec(select(Delivery).where(Delivery.subscriber_id == 1)).one()
        delivery.status, delivery.skip_reason = DeliveryStatus.skipped, "opted_out"
        session.add(delivery)
    assert "Not sent: They texted STOP or asked to be removed." in owner.get("/subscribers/1").text


def test_an_opt_out_by_mail_ends_everything(world: World, promoter: Browser) -> None:
    world.text(PHONE, "JOIN")
    note = "By e-mail to help@neon.example, 3 March, 14:10 <b>"
    fields = {"channel": "e-mail", "received_on": "2026-03-03", "note": note}
    answer = promoter.post("/subscribers/1/opt-out", fields)
    assert answer.location == "/subscribers/1"
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.unsubscribed}
    event = world.consent_events(PHONE)[-1]
    assert (event.kind, event.source) == (ConsentKind.opted_out, ConsentSource.member)
    assert world.evidence(event)["note"] == note
    assert world.evidence(event)["channel"] == "e-mail"
    assert world.evidence(event)["received_on"] == "2026-03-03"
    assert event.member_id is not None
    with world.database.read() as session:
        assert session.exec(select(Suppression.reason)).one() is SuppressionReason.member
    page = promoter.get("/subscribers/1").text
    assert "A member recorded their opt-out." in page
    assert "3 March, 14:10 &lt;b&gt;" in page


def test_an_opt_out_without_its_proof_is_not_recorded(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    for note in ("", "   ", "x" * 1001):
        fields = {"channel": "letter", "received_on": "2026-03-03", "note": note}
        page = owner.post("/subscribers/1/opt-out", fields)
        assert page.status_code == 422
        assert "invalid-feedback" in page.text
    assert world.states(PHONE) == {"Neon Nights": SubscriptionState.subscribed}


def test_of_an_erased_person_there_is_nothing_to_end(world: World, owner: Browser) -> None:
    world.text(PHONE, "JOIN")
    erase_person(world, 1)
    answer = owner.post("/subscribers/1/opt-out", {"channel": "letter", "note": "wrote to us"})
    assert answer.status_code == 302
    page = owner.get("/subscribers/1").text
    assert "nothing to end" in page
    assert "is recorded" not in page
