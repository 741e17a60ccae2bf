"""The board in Chromium while things change or go wrong: live, stale, unreachable, empty, hostile."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.page_reading import DRAWN, number, panel

pytestmark = pytest.mark.page

Open = Callable[..., Page]


def banner_says(page: Page, text: str) -> None:
    expect(page.locator("#banner")).to_be_visible()
    expect(page.locator("#banner")).to_contain_text(text)


class TestLive:
    def test_a_new_snapshot_appears_without_a_reload(self, bare: Any, look: Open) -> None:
        bare.report()
        bare.snapshot("comet", waiting=3, oldest_wait_seconds=60)
        page = number(look(bare.board), "people_waiting", "3")
        page.evaluate("document.body.dataset.same = 'yes'")
        bare.now_ms += 5_000
        bare.snapshot("comet", waiting=1_234, oldest_wait_seconds=65, level="bad")
        number(page, "people_waiting", "1,234")
        expect(panel(page, "load_by_place").locator(".chip")).to_contain_text("bad")
        assert page.evaluate("document.body.dataset.same") == "yes"


class TestTrust:
    def test_a_held_back_watermark_is_a_banner_that_names_the_input(self, bare: Any, look: Open) -> None:
        bare.snapshot("comet", waiting=3)
        bare.report(behind_ms=300_000, lag=12_340)
        page = look(bare.board)
        banner_says(page, "5:00 min behind")
        banner_says(page, "touchpoints partition 1: 12,340 records wait there")
        expect(page.locator("#freshness")).to_contain_text("Stale")
        assert page.evaluate("document.body.hasAttribute('data-stale')")

    def test_data_that_catches_up_is_shown_in_fast_motion(self, bare: Any, look: Open) -> None:
        hour = 3_600_000
        then = bare.now_ms - 5 * hour
        bare.snapshot("comet", at=then / 1_000 // 5 * 5, waiting=42)
        bare.report(behind_ms=10 * hour, lag=90_000)
        page = look(bare.board)
        banner_says(page, "10:00 h behind")
        bare.now_ms += 1_000
        bare.report(behind_ms=5 * hour, lag=45_000)
        banner_says(page, "Catching up: you see")
        number(page, "people_waiting", "42")
        banner_says(page, "45,000 records to go at touchpoints partition 1")

    def test_data_from_another_time_can_be_gone_to(self, bare: Any, look: Open) -> None:
        bare.report(behind_ms=10 * 3_600_000)
        page = look(bare.board)
        page.get_by_role("button", name="Show the time where the data ends").click()
        expect(page.locator("#freshness")).to_contain_text("Complete to the end of the range")
        expect(page.locator("#filters [name=until]")).to_be_visible()
        assert "to=" in page.url

    def test_an_unreachable_store_is_said_with_since_when_and_gets_well(self, bare: Any, look: Open) -> None:
        bare.report()
        bare.snapshot("comet", waiting=3)
        page = number(look(bare.board, quiet=False), "people_waiting", "3")
        bare.away = "connection refused"
        banner_says(page, "Store unreachable since")
        banner_says(page, "connection refused")
        number(page, "people_waiting", "3")
        bare.away = ""
        expect(page.locator("#banner")).to_be_hidden()

    def test_a_server_that_ends_is_said_and_the_page_comes_back_by_itself(self, bare: Any, look: Open) -> None:
        bare.report()
        bare.snapshot("comet", waiting=3)
        page = number(look(bare.board, quiet=False), "people_waiting", "3")
        bare.stop()
        banner_says(page, "No connection to the page’s server since")
        bare.start()
        expect(page.locator("#banner")).to_be_hidden()

    def test_an_empty_store_shows_why_and_never_a_zero(self, bare: Any, look: Open) -> None:
        page = look(bare.board)
        banner_says(page, "No stage has reported yet")
        for one in DRAWN:
            expect(panel(page, one.name).locator(".empty")).to_have_text(one.empty)
        assert {number.inner_text() for number in page.locator(".number").all()} == {"–"}

    def test_an_unknown_estimate_says_why(self, bare: Any, look: Open) -> None:
        bare.snapshot("comet", waiting=0, estimate_reason="too_few_starts")
        page = look(bare.board)
        expect(panel(page, "wait_estimate").locator(".why")).to_have_text("no estimate: too few starts")


class TestHostileNames:
    NAMES = (
        "<img src=x onerror='document.body.dataset.hacked=1'>",
        "</script><script>document.body.dataset.hacked=1</script>",
        '"><svg onload=document.body.dataset.hacked=1>',
        "{a|rich}{marker|x}",
        "javascript:document.body.dataset.hacked=1",
        "=cmd|' /C calc'!A0",
    )

    def test_a_place_may_be_called_anything_and_stays_a_text(self, bare: Any, look: Open) -> None:
        bare.report()
        for count, name in enumerate(self.NAMES, start=1):
            early = bare.now_ms / 1_000 // 5 * 5 - 600
            bare.snapshot(name, at=early, waiting=count, oldest_wait_seconds=count, estimate_p50_seconds=60.0)
        page = look(bare.board)
        expect(panel(page, "load_by_place").locator("td.name")).to_have_count(len(self.NAMES))
        assert {cell.inner_text() for cell in page.locator("td.name").all()} == set(self.NAMES)
        assert page.locator(".panel img, .panel script, .panel svg[onload]").count() == 0
        hover(page, "level_timeline")
        assert any(name in page.locator(".tip").first.inner_text() for name in self.NAMES)
        assert not page.evaluate("'hacked' in document.body.dataset")

    def test_such_a_place_can_be_chosen(self, bare: Any, look: Open) -> None:
        bare.report()
        for count, name in enumerate(self.NAMES, start=1):
            bare.snapshot(name, waiting=count)
        page = look(bare.board)
        for count, name in enumerate(self.NAMES, start=1):
            panel(page, "load_by_place").get_by_role("link", name=name, exact=True).click()
            number(page, "people_waiting", str(count))
            page.keyboard.press("x")
            number(page, "people_waiting", str(sum(range(len(self.NAMES) + 1))))


def hover(page: Page, name: str) -> None:
    """Down the right side of a chart, until something tells what it is."""
    panel(page, name).scroll_into_view_if_needed()
    box = panel(page, name).locator("canvas").bounding_box()
    assert box is not None
    for share in range(5, 90, 3):
        page.mouse.move(box["x"] + box["width"] - 60, box["y"] + box["height"] * share / 100)
        if page.locator(".tip:visible").count():
            return
