"""The whole story, in a browser, over real processes: a text joins, a scheduled blast arrives, a
STOP ends it."""

import contextlib
import os
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page, Response, Route, expect
from sqlmodel import select

from models import Broadcast
from models.database import Database
from simulator import SimulatorClient
from tests.browser.conftest import Promoter, has_answered
from tests.integration.commands.process import eventually
from tests.integration.commands.test_run import Demo

PHONE = "+12025550100"


def compose(page: Page, body: str, list_name: str = "All guests") -> None:
    """Choose the list and write the message on the page for a new broadcast."""
    page.get_by_label("To which list").select_option(label=list_name_option(page, list_name))
    expect(page.locator("#audience")).to_contain_text("will get it")
    page.get_by_label("Message", exact=True).fill(body)
    has_answered(page, body)


def draft(promoter: Promoter, carrier: SimulatorClient, body: str) -> Page:
    """The page for a new broadcast with `body` on it, to one person, who has just joined."""
    carrier.text(PHONE, "JOIN")
    page = promoter.open("/broadcasts/new")
    compose(page, body)
    return page


def allow(page: Page, body: str) -> None:
    """Tick “Send it all the same” if it is asked: at night it is, by the hour of the recipients."""
    has_answered(page, body)
    box = page.get_by_label("Send it all the same")
    if box.is_visible():
        box.check()


def knows(answer: Response, at: datetime) -> bool:
    """Whether it is what the page says of a message that is due at `at`."""
    asked = parse_qs(answer.request.post_data or "")
    due = [at.strftime("%Y-%m-%d"), at.strftime("%H:%M"), "UTC"]
    given = [value for name in ("date", "time", "timezone") for value in asked.get(name, ())]
    return answer.url.endswith("/broadcasts/count") and given == due


def list_name_option(page: Page, name: str) -> str:
    named = (
        page.get_by_label("To which list")
        .locator("option")
        .filter(has_text=re.compile(rf"^\s*{name}"))
    )
    return named.first.inner_text()  # waits for the page, which a click only asks for


def test_a_first_blast(promoter: Promoter, carrier: SimulatorClient, chromium: Browser) -> None:
    page = promoter.page
    expect(page.get_by_text("Your first blast")).to_be_visible()

    # A phone joins, on the simulator's own page.
    phones = chromium.new_page()
    phones.goto(carrier.base_url)
    phones.get_by_label("Message", exact=True).fill("JOIN")
    phones.get_by_role("button", name="Send").click()
    expect(phones.get_by_test_id("bubble").nth(1)).to_contain_text("Neon Nights: you are in!")

    # 500 fans join through the same webhook.
    phones.get_by_role("button", name="Bring 500 fans").click()
    expect(phones.get_by_test_id("crowd-status")).to_have_text("All 500 texted", timeout=60_000)
    expect(page.get_by_text("Somebody joined: 501")).to_be_visible()

    # One more joins, who cannot be one of the fans (555), and leaves.
    carrier.text("+12028670177", "JOIN")
    answers = carrier.text("+12028670177", "Please take me off this list")["replies"]
    assert len(answers) == 1

    # The promoter writes, watching count and audience, and sends now.
    promoter.open("/broadcasts")
    page.get_by_role("link", name="New broadcast").first.click()
    compose(page, "Neon Nights: doors at 9 – two for one. Reply STOP to end")
    expect(page.locator("#audience")).to_contain_text("501")
    expect(page.locator("#count")).to_contain_text("UCS-2")
    page.get_by_role("button", name=re.compile("^Replace")).first.click()
    expect(page.locator("#count")).to_contain_text("GSM-7")
    page.get_by_label("Answers go to").fill("bookings@neon-nights.example")
    allow(page, "Neon Nights: doors at 9 - two for one. Reply STOP to end")
    page.get_by_role("button", name="Send to 501 people now").click()

    # The counts move by themselves, to the end.
    expect(page.locator("#count-audience")).to_have_text("502")
    expect(page.locator("#count-delivered")).to_have_text("501", timeout=60_000)
    expect(page.locator("#skipped")).to_contain_text("1 ")
    expect(page.locator("#balance")).to_contain_text("Audience 502 = 501 delivered")
    expect(phones.get_by_test_id("bubble").last).to_contain_text("doors at 9")
    sent = [m["to"] for m in carrier.messages(direction="outbound-api")]
    assert len(sent) == len(set(sent)) == 501

    # Each delivery can be listed and filtered; the skipped one says why.
    page.get_by_label("Status", exact=True).select_option(label="Skipped")
    row = page.locator("#deliveries tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("867-0177")
    expect(row).to_contain_text("STOP")

    # An answer reaches the promoter's mailbox and the inbox.
    carrier.text(PHONE, "Table for four?")
    eventually(carrier.letters, what="the answer was not mailed")
    assert carrier.letters()[0]["recipients"] == ["bookings@neon-nights.example"]
    promoter.open("/inbox")
    expect(page.get_by_text("Table for four?").first).to_be_visible()


def test_double_click_back_and_resubmit_are_one_broadcast(
    promoter: Promoter, carrier: SimulatorClient
) -> None:
    body = "Neon Nights: once only. Reply STOP to end"
    page = draft(promoter, carrier, body)
    allow(page, body)
    page.get_by_role("button", name="Send to 1 person now").dblclick()
    expect(page.locator("#count-delivered")).to_have_text("1")
    page.go_back()
    again = page.get_by_role("button", name=re.compile("^Send"))
    if again.is_visible():
        again.click(force=True)
    promoter.open("/broadcasts")
    expect(page.get_by_role("main").get_by_text("once only")).to_have_count(1)
    assert len(carrier.messages(direction="outbound-api")) == 1


def test_refusals_stand_beside_their_fields(promoter: Promoter, carrier: SimulatorClient) -> None:
    carrier.text(PHONE, "JOIN")
    page = promoter.open("/broadcasts/new")
    page.get_by_label("Pick a date and time").check()
    page.get_by_label("Date", exact=True).fill("2027-03-14")
    page.get_by_label("Time", exact=True).fill("02:30")
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_label("Answers go to").fill("nobody")
    page.locator("#send").press("Enter")
    for field in ("list_id", "body", "answers_to", "time"):
        expect(page.locator(f"#{field}-error")).to_be_visible()
    expect(page.get_by_label("Time", exact=True)).to_have_value("02:30")


def test_a_box_ticked_while_the_page_counts_stays_ticked(
    promoter: Promoter, carrier: SimulatorClient
) -> None:
    body = "Neon Nights: DOORS OPEN AT NINE TONIGHT, COME EARLY. Reply STOP to end"
    page = draft(promoter, carrier, body)
    box = page.get_by_label("Send it all the same")
    held: list[Route] = []
    page.route("**/broadcasts/count", lambda route: held.append(route))
    with page.expect_request("**/broadcasts/count"):
        page.get_by_label("Of use for how many hours").fill("12")
        page.get_by_label("Of use for how many hours").blur()
    box.check()
    with page.expect_response("**/broadcasts/count"):
        held.pop().continue_()
    has_answered(page, body)
    expect(box).to_be_checked()


def test_a_scheduled_blast_survives_a_crash(
    promoter: Promoter, carrier: SimulatorClient, demo: Demo, tmp_path: Path
) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)
    body = "Neon Nights: back again. Reply STOP to end"
    page = draft(promoter, carrier, body)
    page.get_by_label("Pick a date and time").check()
    page.get_by_label("Date", exact=True).fill(at.strftime("%Y-%m-%d"))
    page.get_by_label("Time", exact=True).fill(at.strftime("%H:%M"))
    with page.expect_response(lambda answer: knows(answer, at)):
        page.get_by_label("Time zone").select_option("UTC")
    allow(page, body)
    page.get_by_role("button", name="Schedule for 1 person").click()
    expect(page.get_by_text("Scheduled").first).to_be_visible()
    kill_everything(demo)
    promoter.page.close()
    promoter.problems.clear()  # a page whose server is gone complains, and should
    at = reschedule(tmp_path, seconds=20)
    with Demo(tmp_path, demo.web, demo.phones) as again:
        again.ready()
        eventually(
            lambda: carrier.messages(direction="outbound-api"),
            seconds=60,
            what="the broadcast did not start after the crash",
        )
        (message,) = carrier.messages(direction="outbound-api")
        left = datetime.fromtimestamp(message["received_at"], UTC)
        assert timedelta(0) <= left - at < timedelta(seconds=2)


def reschedule(folder: Path, seconds: int) -> datetime:
    """Bring the moment of the only broadcast near: the form knows whole minutes only."""
    database = Database(f"sqlite:///{folder}/var/marquee.sqlite3")
    with database.write() as session:
        broadcast = session.exec(select(Broadcast)).one()
        broadcast.scheduled_at = datetime.now(UTC) + timedelta(seconds=seconds)
        session.add(broadcast)
    database.dispose()
    return broadcast.scheduled_at


def kill_everything(demo: Demo) -> None:
    for pid in demo.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    demo.ends()


def test_every_friday_at_five_where_people_are(
    promoter: Promoter, carrier: SimulatorClient
) -> None:
    carrier.text(PHONE, "JOIN")
    page = promoter.open("/recurring/new")
    page.get_by_label("To which list").select_option(index=0)
    page.get_by_label("Message", exact=True).fill("Neon Nights: Friday again. Reply STOP to end")
    page.get_by_label("Friday", exact=True).check()
    page.get_by_label("At", exact=True).fill("17:00")
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_label("The same time on everybody’s own clock").check()
    page.get_by_role("button", name="Begin").click()
    row = page.locator(".broadcast-row")
    expect(row).to_contain_text("every Friday at 17:00 on everybody’s own clock")
    # Five in Newfoundland, which comes first, is half past three in New York.
    begins = re.compile(r"begins Friday .*, 15:30 America/New_York")

    def is_planned() -> bool:
        page.reload()
        return row.get_by_text(begins).is_visible()

    eventually(is_planned, what="the clock did not plan it")


def test_stop_help_start_join_on_a_phone(promoter: Promoter, carrier: SimulatorClient) -> None:
    for body, expected in (
        ("HELP", "help@neon-nights.example"),
        ("join", "you are in"),
        ("JOIN", "already"),
        ("help", "help@neon-nights.example"),
        ("СТОП", "no more messages"),
        ("Help", "help@neon-nights.example"),
        ("start", "you are in"),
        ("stop.", "no more messages"),
    ):
        replies = carrier.text(PHONE, body)["replies"]
        assert len(replies) == 1, body
        assert expected in str(replies[0]), body
    page = promoter.open("/subscribers")
    page.get_by_role("link", name="+1 202-555-0100").first.click()
    main = page.get_by_role("main")
    for text in ("СТОП", "start", "no more messages"):
        expect(main.get_by_text(text).first).to_be_visible()


def test_a_promoter_on_a_phone_sees_every_page_whole(
    chromium: Browser, demo: Demo, carrier: SimulatorClient
) -> None:
    carrier.crowd(20)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    promoter = Promoter(context, demo)
    for path in (
        "/",
        "/broadcasts",
        "/broadcasts/new",
        "/lists",
        "/subscribers",
        "/programs",
        "/inbox",
        "/settings",
    ):
        page = promoter.open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()
    assert promoter.problems == []
