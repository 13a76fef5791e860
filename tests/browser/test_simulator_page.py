"""The page with the phones, in a real browser, in front of a small product that answers."""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from simulator import SimulatorClient, running
from simulator.harness import TEST_AUTH_TOKEN
from tests.integration.simulator.conftest import sdk
from tests.integration.simulator.receiver import XML, Receiver

HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    product = Receiver(TEST_AUTH_TOKEN)
    yield product
    product.close()


@pytest.fixture
def carrier(receiver: Receiver) -> Iterator[SimulatorClient]:
    with running(f"{receiver.base_url}/in", smtp_port=0) as simulator:
        yield simulator


@pytest.fixture(params=[1280, 390])
def page(
    request: pytest.FixtureRequest, chromium: Browser, carrier: SimulatorClient
) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 844})
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    page.goto(f"{carrier.base_url}/")
    expect(page.get_by_text("Carrier is running")).to_be_visible()
    yield page
    context.close()
    assert problems == []


def test_typing_join_draws_the_answer(page: Page, receiver: Receiver) -> None:
    receiver.reply("Welcome to Neon Nights")
    expect(page).to_have_title("Marquee phones")
    page.get_by_label("Message", exact=True).fill("JOIN")
    page.get_by_role("button", name="Send").click()
    bubbles = page.get_by_test_id("bubble")
    expect(bubbles).to_have_text(["JOIN", "Welcome to Neon Nights"])
    expect(bubbles.nth(0)).to_have_attribute("data-direction", "sent")
    expect(bubbles.nth(1)).to_have_attribute("data-direction", "received")
    assert receiver.posts[0].form["From"] == "+12025550100"
    assert receiver.posts[0].valid


def test_keyboard_alone_is_enough(page: Page, receiver: Receiver) -> None:
    page.get_by_role("button", name="New phone").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("HELP")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("bubble")).to_have_text(["HELP"])
    assert receiver.wait_for(1)[0].form["From"] != "+12025550100"


def test_hostile_text_is_only_text(
    page: Page, carrier: SimulatorClient, receiver: Receiver
) -> None:
    receiver.answer = lambda post: (403, XML, HOSTILE)
    page.get_by_label("Message", exact=True).fill(HOSTILE)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_test_id("bubble")).to_have_text([HOSTILE])
    expect(page.get_by_test_id("note")).to_contain_text("Webhook answered 403")
    expect(page).to_have_title("Marquee phones")


def test_messages_from_the_product_arrive_by_themselves(
    page: Page, carrier: SimulatorClient
) -> None:
    client = sdk(carrier)
    client.messages.create(to="+12025550100", from_="24680", body="Doors at 10")
    client.messages.create(to="+12125550142", from_="24680", body="Doors at 10")
    expect(page.get_by_test_id("bubble")).to_have_text(["Doors at 10"])
    expect(page.get_by_test_id("screen")).to_contain_text("delivered")
    expect(page.get_by_test_id("accepted")).to_have_text("2")
    other = page.get_by_test_id("phone").filter(has_text="555-0142")
    expect(other.get_by_label("Unread")).to_be_attached()


def test_a_crowd_comes_with_a_progress_bar(page: Page, carrier: SimulatorClient) -> None:
    page.get_by_label("Fans", exact=True).fill("60")
    page.get_by_role("button", name="Bring 60 fans").click()
    expect(page.get_by_test_id("crowd-status")).to_have_text("All 60 texted")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "60")
    assert len(carrier.messages(direction="inbound")) == 60


def test_settings_are_applied(page: Page, carrier: SimulatorClient) -> None:
    page.get_by_label("Undelivered, %").fill("12.5")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Applied")).to_be_visible()
    assert carrier.settings()["undelivered_share"] == 0.125


@pytest.mark.parametrize("view", ["phones", "mailbox", "webhooks"])
def test_accessible_and_within_its_width(page: Page, carrier: SimulatorClient, view: str) -> None:
    carrier.text("+12025550100", "JOIN")
    page.goto(f"{carrier.base_url}/#{view}")
    expect(page.locator(f"[data-view={view}]")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
