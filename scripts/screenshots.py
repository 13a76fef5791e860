"""Draws the pictures in docs/images from a real demo: `make screenshots`.

Starts Marquee as `make run` does, in an empty folder and on free ports, lets fans join and leave,
sends a broadcast, and photographs the pages.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from simulator import SimulatorClient
from tests.browser.conftest import CHROMIUM, Promoter
from tests.integration.commands.process import eventually, free_ports
from tests.integration.commands.test_run import Demo

IMAGES = Path(__file__).parents[1] / "docs" / "images"
BODY = "Neon Nights: NOVA plays Friday. Doors at 9, first 100 in free. HELP for help, STOP to end"


def main(folder: Path = IMAGES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    web, phones = free_ports(2)
    with (
        tempfile.TemporaryDirectory() as place,
        Demo(Path(place), web, phones) as demo,
        sync_playwright() as playwright,
    ):
        demo.ready()
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        carrier = SimulatorClient(f"http://127.0.0.1:{demo.phones}")
        people(carrier)
        promoter = Promoter(window(chromium), demo)
        compose(promoter, folder)
        blast(promoter, folder)
        talk(carrier)
        eventually(lambda: "Being forwarded" not in promoter.open("/inbox").content())
        shoot(promoter.page, folder / "inbox.png")
        phones_page(chromium, carrier, folder)
        chromium.close()


def window(chromium: Browser) -> BrowserContext:
    return chromium.new_context(
        viewport={"width": 1280, "height": 860}, device_scale_factor=1, color_scheme="light"
    )


def people(carrier: SimulatorClient) -> None:
    carrier.text("+12025550100", "JOIN")
    carrier.crowd(480)
    carrier.crowd(60, "TECHNO")
    leavers = carrier.crowd(9)["numbers"]
    for number, words in zip(
        leavers, ["STOP", "stop.", "Please take me off this list"] * 3, strict=True
    ):
        carrier.text(number, words)
    carrier.settings(undelivered_share=0.02, undelivered_code=30005, latency_ms=20)


def compose(promoter: Promoter, folder: Path) -> None:
    page = promoter.open("/broadcasts/new")
    page.get_by_label("To which list").select_option(index=1)
    page.get_by_label("Message", exact=True).fill(BODY)
    page.get_by_label("Answers go to").fill("bookings@neon-nights.example")
    expect(page.locator("#count")).to_contain_text("1 segment ×")
    shoot(page, folder / "compose.png")


def blast(promoter: Promoter, folder: Path) -> None:
    page = promoter.page
    if (box := page.get_by_label("Send it all the same")).is_visible():
        box.check()  # at night, by the hour of the recipients, the form asks
    page.get_by_role("button", name="Send to").click()
    expect(page.locator("#count-to-go")).to_have_text("0", timeout=60_000)
    page.reload()
    shoot(page, folder / "broadcast.png")


def talk(carrier: SimulatorClient) -> None:
    carrier.text("+12025550100", "Table for four at 10?")
    numbers = [message["to"] for message in carrier.messages(direction="outbound-api")]
    said = ["cancel friday?", "See you there \U0001f57a", "Is there a cloakroom?"]
    for number, words in zip(numbers[5:8], said, strict=True):
        carrier.text(number, words)


def phones_page(chromium: Browser, carrier: SimulatorClient, folder: Path) -> None:
    page = window(chromium).new_page()
    page.goto(carrier.base_url)
    expect(page.get_by_test_id("bubble").first).to_be_visible()
    shoot(page, folder / "phones.png")


def shoot(page: Page, path: Path) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
