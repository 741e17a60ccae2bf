"""The board in Chromium: what it shows is what the store answers, on every screen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.page_reading import BOARD, DRAWN, answer, filled, font_size, panel, squeezed, wait_text

pytestmark = pytest.mark.page

Open = Callable[..., Page]


class TestNumbers:
    def test_every_panel_is_drawn_and_nothing_comes_from_elsewhere(self, park: Any, look: Open) -> None:
        page = look("about:blank")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(park.board)
        filled(page)
        for one in DRAWN:
            drawn = panel(page, one.name).locator(".number, table, .rows, canvas").first
            expect(drawn).to_be_visible()
        assert asked
        assert all(url.startswith(park.url) for url in asked), "the page works without any other machine"

    @pytest.mark.parametrize("name", ["people_waiting", "being_served", "people_present"])
    def test_counts_are_the_stores(self, park: Any, look: Open, name: str) -> None:
        page = filled(look(park.board))
        assert (
            panel(page, name).locator(".number").inner_text()
            == f"{answer(park.engine, park.now_ms, name)[-1]['value']:,}"
        )

    def test_the_longest_wait_names_its_place(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        [row] = answer(park.engine, park.now_ms, "longest_wait_now")
        shown = panel(page, "longest_wait_now")
        assert squeezed(shown.locator(".number").inner_text()).endswith(wait_text(row["value"]))
        assert shown.locator(".note").inner_text().startswith(row["name"])

    def test_the_table_has_each_place_with_its_level_in_words(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        rows = answer(park.engine, park.now_ms, "load_by_place")
        shown = panel(page, "load_by_place").locator("tbody tr")
        assert [line.locator("td.name").inner_text() for line in shown.all()] == [row["name"] for row in rows]
        words = ["ok", "watch", "bad", "closed", "paused", "unknown"]
        assert [squeezed(line.locator(".chip").inner_text()).split()[-1] for line in shown.all()] == [
            words[row["level"]] for row in rows
        ]

    def test_an_estimate_stands_with_its_band_and_sample_size(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        row = answer(park.engine, park.now_ms, "wait_estimate")[0]
        shown = squeezed(panel(page, "wait_estimate").locator(".row").first.inner_text())
        low, high = wait_text(row["estimate_p50_seconds"]), wait_text(row["estimate_p90_seconds"])
        assert shown == f"{row['name']} {low} to {high} · n {row['estimate_samples']}"

    def test_every_chart_can_be_read_as_a_table(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        shown = panel(page, "wait_distribution")
        shown.focus()
        page.keyboard.press("t")
        rows = [[cell.inner_text() for cell in line.locator("td").all()] for line in shown.locator("tbody tr").all()]
        assert rows == [
            [row["minutes"], *(f"{value:,}" for value in list(row.values())[1:])]
            for row in answer(park.engine, park.now_ms, "wait_distribution")
        ]

    def test_two_screens_cost_no_more_than_one(self, park: Any, look: Open) -> None:
        filled(look(park.board))
        filled(look(park.board))
        health = look(f"{park.url}/healthz").locator("body").inner_text()
        assert '"viewers": 2' in health
        assert '"feeds": 1' in health

    def test_a_live_pipeline_says_up_to_when_and_shows_no_banner(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        expect(page.locator("#freshness")).to_contain_text("Live · data as of")
        expect(page.locator("#banner")).to_be_hidden()


class TestDrill:
    def test_a_click_on_a_place_shows_that_place_everywhere(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        panel(page, "load_by_place").get_by_role("link", name="Comet").click()
        expect(panel(page, "load_by_place").locator("tbody tr")).to_have_count(1)
        expect(panel(page, "wait_estimate").locator(".row")).to_have_count(1)
        assert page.url.endswith("?place=comet")
        expect(page.locator("#filters [name=place]")).to_have_value("comet")

    def test_back_and_reload_keep_the_view(self, park: Any, look: Open) -> None:
        page = filled(look(f"{park.board}?place=comet"))
        page.reload()
        expect(panel(page, "load_by_place").locator("tbody tr")).to_have_count(1)
        page.locator("#clear").click()
        expect(panel(page, "load_by_place").locator("tbody tr")).to_have_count(
            len(answer(park.engine, park.now_ms, "load_by_place"))
        )
        page.go_back()
        expect(panel(page, "load_by_place").locator("tbody tr")).to_have_count(1)

    def test_a_site_narrows_the_places_on_offer(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        page.select_option("#filters [name=site]", "call-centre")
        expect(panel(page, "load_by_place").locator("tbody tr")).to_have_count(2)
        expect(page.locator("#filters [name=place] option")).to_have_count(3)

    def test_another_range_is_another_picture(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        page.select_option("#filters [name=minutes]", "180")
        expect(page.locator("#clear")).to_be_visible()
        assert "minutes=180" in page.url

    def test_going_back_in_time_is_a_moment_to_set(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        expect(page.locator("#filters [name=until]")).to_be_hidden()
        page.select_option("#filters [name=minutes]", "until")
        expect(page.locator("#filters [name=until]")).to_be_focused()
        page.fill("#filters [name=until]", "2020-05-04T10:30:00")
        expect(page.locator("#panel-people_waiting .empty")).to_have_text("No snapshot in this range")
        assert "to=1588" in page.url


class TestKeyboard:
    def test_help_opens_and_closes(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        for close in (lambda: page.keyboard.press("Escape"), page.get_by_role("button", name="Close").click):
            page.keyboard.press("?")
            expect(page.locator("#help")).to_be_visible()
            close()
            expect(page.locator("#help")).to_be_hidden()

    def test_j_and_k_walk_through_the_panels_in_order(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        for expected in (DRAWN[0], DRAWN[1], DRAWN[2]):
            page.keyboard.press("j")
            expect(panel(page, expected.name)).to_be_focused()
        page.keyboard.press("k")
        expect(panel(page, DRAWN[1].name)).to_be_focused()

    def test_i_says_what_a_panel_counts(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        panel(page, "worst_estimate").focus()
        page.keyboard.press("i")
        expect(panel(page, "worst_estimate").locator(".about p").first).to_have_text(
            BOARD.panel("worst_estimate").description
        )
        page.keyboard.press("Escape")
        expect(panel(page, "worst_estimate").locator(".about")).to_be_hidden()

    def test_f_shows_one_panel_alone_and_escape_all_again(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        panel(page, "level_timeline").focus()
        page.keyboard.press("f")
        assert [one.get_attribute("data-panel") for one in page.locator(".panel:visible").all()] == ["level_timeline"]
        page.keyboard.press("Escape")
        expect(page.locator(".panel:visible")).to_have_count(len(DRAWN))

    def test_filters_and_ranges_have_keys(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        page.keyboard.press("p")
        expect(page.locator("#filters [name=place]")).to_be_focused()
        page.locator("body").click(position={"x": 3, "y": 3})
        page.keyboard.press("3")
        expect(page.locator("#filters [name=minutes]")).to_have_value("60")
        page.keyboard.press("x")
        expect(page.locator("#filters [name=minutes]")).to_have_value("30")

    def test_the_first_tab_stops_lead_past_the_bar(self, park: Any, look: Open) -> None:
        page = filled(look(park.board))
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the numbers")).to_be_focused()


class TestScreens:
    @pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1920])
    def test_nothing_sticks_out_sideways(self, park: Any, look: Open, width: int) -> None:
        page = filled(look(park.board, width, 844))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for one in DRAWN:
            box = panel(page, one.name).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width

    def test_a_phone_shows_each_place_with_its_words(self, park: Any, look: Open) -> None:
        page = filled(look(park.board, 390, 844))
        first = panel(page, "load_by_place").locator("tbody tr").first
        worst = answer(park.engine, park.now_ms, "load_by_place")[0]["name"]
        assert re.match(rf"{worst} . (watch|bad) ", squeezed(first.inner_text()))
        expect(panel(page, "load_by_place").locator("tbody tr:visible")).to_have_count(8)
        panel(page, "load_by_place").get_by_role("button", name=re.compile("All .* rows")).click()
        expect(panel(page, "load_by_place").locator("tbody tr:visible")).to_have_count(
            len(answer(park.engine, park.now_ms, "load_by_place"))
        )

    @pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (1280, 720)])
    def test_a_wall_shows_one_screen_of_letters_that_are_read_from_afar(
        self, park: Any, look: Open, size: tuple[int, int]
    ) -> None:
        page = filled(look(f"{park.board}?wall=1", *size))
        height = size[1]
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        assert font_size(page, "#panel-people_waiting .number") >= 0.1 * height
        assert font_size(page, "#panel-load_by_place td.name") >= 0.025 * height
        shown = page.locator(".panel:visible")
        assert {one.get_attribute("data-panel") for one in shown.all()} == {one.name for one in DRAWN if one.wall}

    def test_a_very_wide_screen_is_taken_for_a_wall_unless_told_otherwise(self, park: Any, look: Open) -> None:
        assert look(park.board, 3840, 2160).locator("body[data-wall]").count() == 1
        assert look(f"{park.board}?wall=0", 3840, 2160).locator("body[data-wall]").count() == 0

    def test_dark_and_light_follow_the_viewers_system(self, park: Any, look: Open) -> None:
        grounds = {
            scheme: look(park.board, color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
            for scheme in ("dark", "light")
        }
        assert grounds == {"dark": "rgb(10, 13, 18)", "light": "rgb(243, 244, 246)"}
