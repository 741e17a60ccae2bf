"""*Staff and hours* as people use it, with hand and keyboard."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from schemas.place import Place, Places
from streams.store.migrate import migrate

pytestmark = pytest.mark.page

PLACES = Places((Place(id="gate", name="Main gate", servers=4), Place(id="lawn", name="Lawn", kind="area")))


@pytest.fixture
def resort(served: Any) -> Iterator[Any]:
    served.engine.clear()
    migrate(served.engine.store, PLACES)
    served.snapshot("gate", servers=4, version=1)
    served.producer.sent.clear()
    yield served
    served.engine.clear()


@pytest.fixture
def page(resort: Any, look: Any) -> Page:
    shown: Page = look(f"{resort.url}/staff", quiet=False)
    expect(shown.locator("body[data-ready]")).to_have_count(1)
    shown.fill("input[name=by]", "Ann")
    return shown


def row(page: Page, place: str) -> Locator:
    return page.locator(f"tr[data-place={place}]")


def counted(resort: Any, **columns: Any) -> None:
    """The pipeline has read it: a snapshot after it says so."""
    at = {"at": (time.time() + 5) // 5 * 5, "version": resort.now_ms + 1}
    resort.snapshot("gate", **(columns | at))


def test_the_bar_leads_to_it(resort: Any, look: Any) -> None:
    page = look(f"{resort.url}/people")
    page.click("nav >> text=Staff and hours")
    expect(page).to_have_url(re.compile("/staff$"))
    expect(row(page, "gate")).to_contain_text("Main gate")


def test_staff_is_entered_with_the_keyboard_and_shown_once_it_counts(resort: Any, page: Page) -> None:
    row(page, "gate").locator("input").focus()
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Sent for Main gate")
    assert resort.producer.last()["data"] == {"count": 6, "by": "Ann"}
    counted(resort, servers=6)
    expect(page.locator("#said")).to_contain_text("It counts: Main gate is open, 6 at work")
    expect(row(page, "gate").locator("td[data-title='At work']")).to_have_text("6")


def test_closing_is_asked_for_once_more_and_can_be_left(resort: Any, page: Page) -> None:
    row(page, "gate").get_by_text("Close now").click()
    page.get_by_text("Leave it open").click()
    expect(page.locator("#closing")).not_to_be_visible()
    assert resort.producer.sent == []
    row(page, "gate").get_by_text("Close now").click()
    page.get_by_text("Close it now").click()
    expect(page.locator("#said")).to_contain_text("Sent for Main gate")
    assert resort.producer.last()["type"] == "place.closed"
    counted(resort, state="closed", servers=4)
    expect(row(page, "gate").get_by_text("Open now")).to_be_visible()


def test_what_is_wrong_is_said_with_field_and_fix_where_it_was_entered(resort: Any, page: Page) -> None:
    row(page, "gate").get_by_text("Set").click()
    expect(page.locator("#said")).to_contain_text("data.count is missing")
    expect(row(page, "gate").locator("input")).to_be_focused()
    page.fill("input[name=by]", "")
    row(page, "gate").locator("input").fill("6")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("write who enters this")
    expect(page.locator("input[name=by]")).to_be_focused()
    assert resort.producer.sent == []


def test_where_people_are_only_present_nobody_serves(page: Page) -> None:
    expect(row(page, "lawn").locator("input")).to_have_count(0)
    expect(row(page, "lawn").get_by_text("Close now")).to_be_visible()


def test_a_place_is_found_by_its_name(page: Page) -> None:
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("law")
    expect(row(page, "gate")).not_to_be_visible()
    expect(row(page, "lawn")).to_be_visible()
