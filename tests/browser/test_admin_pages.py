"""The admin pages in a real browser: on a phone in light colours, on a desk in dark ones."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from simulator import SimulatorClient
from tests.browser.conftest import Promoter, has_answered
from tests.integration.commands.process import free_ports
from tests.integration.commands.test_run import Demo

BODY = "Neon Nights: doors at 9. HELP for help, STOP to end"
PATHS = (
    "/",
    "/broadcasts",
    "/broadcasts/new",
    "/broadcasts/1",
    "/broadcasts/2",
    "/recurring/new",
    "/lists",
    "/lists/1",
    "/subscribers",
    "/subscribers/1",
    "/suppressions",
    "/inbox",
    "/programs/1",
    "/programs/1/self-audit",
    "/reports",
    "/reports/stops",
    "/reports/acts",
    "/settings",
    "/stop",
    "/nothing",
)


@pytest.fixture(scope="module")
def owner(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Promoter]:
    """The owner of a demo with something of every colour in it; these tests only look."""
    web, phones = free_ports(2)
    with Demo(tmp_path_factory.mktemp("demo"), web, phones) as demo:
        carrier = SimulatorClient(f"http://127.0.0.1:{demo.ready().phones}")
        for number, text in (("100", "JOIN"), ("100", "HELP"), ("101", "JOIN"), ("101", "STOP")):
            carrier.text(f"+12025550{number}", text)
        carrier.text("+12025550100", "cancel friday?")
        carrier.settings(undelivered_share=1, undelivered_code=30005)
        context = chromium.new_context(viewport={"width": 1280, "height": 844})
        context.set_default_timeout(15_000)
        owner = Promoter(context, demo)
        order(owner.open("/broadcasts/new"))
        expect(owner.page.locator("#count-undelivered")).to_have_text("1")
        page = owner.open("/broadcasts/new")
        page.get_by_label("Pick a date and time").check()
        page.get_by_label("Date", exact=True).fill("2099-01-01")
        page.get_by_label("Time", exact=True).fill("18:00")
        order(page)
        yield owner
        context.close()


def order(page: Page) -> None:
    page.get_by_label("To which list").select_option(label="All guests · Neon Nights")
    page.get_by_label("Message", exact=True).fill(BODY)
    has_answered(page, BODY)
    page.locator("#send").click()
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+$"))


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_window_and_can_be_read_by_everybody(owner: Promoter, path: str) -> None:
    for width, scheme in ((390, "light"), (1280, "dark")):
        owner.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        owner.page.set_viewport_size({"width": width, "height": 844})
        page = owner.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        title = page.get_by_role("heading", level=1)
        assert title.evaluate("one => one.scrollWidth <= one.clientWidth")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
