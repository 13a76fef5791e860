"""A program's public page in a real browser, at the width of a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from simulator import SimulatorClient
from tests.integration.commands.process import eventually
from tests.integration.commands.test_run import Demo

PHONE = "+12025550101"


def visit(chromium: Browser, demo: Demo, scheme: str = "light", **more: object) -> Page:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{demo.web}/p/neon-nights")
    return page


def test_a_visitor_signs_up_and_answers_yes(
    chromium: Browser, demo: Demo, carrier: SimulatorClient
) -> None:
    page = visit(chromium, demo)
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.get_by_label("Your mobile number").fill("(202) 555-0101")
    expect(page.locator("#consent-words")).to_contain_text("at this number (202 555-0101).")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Look at your phone")).to_be_visible()
    eventually(lambda: carrier.received(PHONE), what="no question came")
    (question,) = carrier.received(PHONE)
    assert question.startswith("Neon Nights: reply YES")
    carrier.text(PHONE, "YES")
    assert "you are in" in carrier.received(PHONE)[-1]
    page.context.close()


def test_without_scripts_everything_works(chromium: Browser, demo: Demo) -> None:
    page = visit(chromium, demo, java_script_enabled=False)
    page.get_by_label("Your mobile number").fill("+44 20 7946 0958")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("This is a landline")).to_be_visible()
    expect(page.get_by_label("Your mobile number")).to_have_value("+44 20 7946 0958")
    link = page.get_by_role("link", name="Open my messages")
    expect(link).to_have_attribute("href", "sms:24680?&body=JOIN")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_can_be_read_by_everybody(
    chromium: Browser, demo: Demo, scheme: str
) -> None:
    page = visit(chromium, demo, scheme)
    for path in ("", "/terms", "/privacy"):
        page.goto(f"http://127.0.0.1:{demo.web}/p/neon-nights{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        violations = Axe().run(page).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []
    page.context.close()
