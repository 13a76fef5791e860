"""A real Chromium in front of the whole product, started as `make run` starts it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from simulator import SimulatorClient
from tests.integration.commands.process import free_ports
from tests.integration.commands.test_run import Demo

expect.set_options(timeout=15_000)
CHROMIUM = next(
    filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), "chromium", "google-chrome"))),
    None,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a module stay together, because Playwright keeps an event loop in its thread
    for as long as the module's browser is open."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """`marquee run` in an empty folder."""
    web, phones = free_ports(2)
    with Demo(tmp_path, web, phones) as running:
        yield running.ready()


@pytest.fixture
def carrier(demo: Demo) -> SimulatorClient:
    """The control API of the demo's carrier."""
    return SimulatorClient(f"http://127.0.0.1:{demo.phones}")


class Promoter:
    """A browser at the admin pages, logged in, that reports every error of a page."""

    def __init__(self, context: BrowserContext, demo: Demo) -> None:
        self.demo, self.page = demo, context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._console)
        email, password = demo.log_in
        self.open("/")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("heading", name="Dashboard")).to_be_visible()

    def _console(self, message: object) -> None:
        text = getattr(message, "text", "")
        # Chromium calls an answer of 422 an error; it is what a refused form is meant to get.
        if getattr(message, "type", "") == "error" and "status of 422" not in text:
            self.problems.append(text)

    def open(self, path: str) -> Page:
        self.page.goto(f"http://127.0.0.1:{self.demo.web}{path}")
        return self.page


def has_answered(page: Page, body: str) -> None:
    """Wait for what the page says of `body` and its audience: it moves what is clicked next."""
    expect(page.locator("#count dd").first).to_have_text(str(len(body)))
    expect(page.locator("#count")).to_contain_text("The provider bills each segment")
    expect(page.locator("#compose .htmx-request")).to_have_count(0)


@pytest.fixture
def promoter(chromium: Browser, demo: Demo) -> Iterator[Promoter]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    someone = Promoter(context, demo)
    yield someone
    context.close()
    assert someone.problems == []
