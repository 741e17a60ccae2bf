"""*One customer* as people use it: found by what they type, read on a desk and a phone, with hand and keyboard."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.people_rows import ANN, ANNS_EMAIL, BOB, seed_people

from dashboards.boards.one_customer import FIGURES


@pytest.fixture(scope="module")
def people(served: Any) -> Iterator[Any]:
    served.engine.clear()
    seed_people(served.engine, served.now_ms)
    served.report()
    yield served
    served.engine.clear()


def find(page: Page, typed: str) -> Page:
    page.fill("#find input", typed)
    page.click("#find button")
    return page


def of(look: Any, people: Any, identifier: str, **options: Any) -> Page:
    page: Page = look(f"{people.url}/people/{identifier}", **options)
    expect(page.locator("body[data-ready]")).to_have_count(1)
    return page


class TestFinding:
    def test_the_board_leads_to_it_and_it_leads_back(self, people: Any, look: Any) -> None:
        page = look(people.board)
        page.click("nav >> text=One customer")
        expect(page.locator("#find input")).to_be_focused()
        page.click("nav >> text=Live operations")
        expect(page).to_have_url(re.compile("/boards/live-operations"))

    def test_an_address_typed_raw_is_hashed_by_the_server_and_never_stands_in_the_address(
        self, people: Any, look: Any
    ) -> None:
        page = look(f"{people.url}/people")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        find(page, " Ann@Example.org ")
        expect(page.locator("h1")).to_have_text("ann")
        assert page.url.endswith(f"/people/{ANNS_EMAIL}")
        assert not [url for url in asked if "xample" in url]

    @pytest.mark.parametrize("typed", ["phone:030 1234567", "+49 30 1234567", "call:call_center/7", "cookie:ann-web"])
    def test_any_identifier_leads_to_the_person(self, people: Any, look: Any, typed: str) -> None:
        page = find(look(f"{people.url}/people"), typed)
        expect(page.locator("h1")).to_have_text("ann")

    def test_a_bare_value_asks_of_which_type_it_is_and_offers_those_that_are_known(
        self, people: Any, look: Any
    ) -> None:
        page = find(look(f"{people.url}/people"), "stranger")
        expect(page.locator(".said")).to_have_text("Which of these is meant?")
        page.click(".choices >> text=cookie stranger")
        expect(page.locator(".asked")).to_contain_text("a person of its own")

    def test_nobody_known_is_said_and_one_may_ask_again(self, people: Any, look: Any) -> None:
        page = look(f"{people.url}/people", quiet=False)
        find(page, "customer:nobody-knows")
        expect(page.locator(".said")).to_contain_text("No touchpoint has named customer:nobody-knows")
        expect(find(page, "customer:ann").locator("h1")).to_have_text("ann")

    def test_an_address_with_an_email_in_it_leads_on_to_the_pseudonym(self, people: Any, look: Any) -> None:
        assert of(look, people, "email:ann@example.org").url.endswith(ANNS_EMAIL)


class TestOnePerson:
    def test_totals_stand_with_what_they_count_and_as_of_when(self, people: Any, look: Any) -> None:
        page = of(look, people, ANN)
        values = dict(
            zip(
                [figure.name for figure in FIGURES],
                page.locator(".tile .value").all_inner_texts(),
                strict=True,
            )
        )
        assert values == {
            "touchpoints": "68",
            "visits": "4",
            "orders": "1",
            "amount": "42.50 EUR",
            "waits": "1",
            "wait_seconds": "10 min",
        }
        expect(page.locator("#freshness")).to_contain_text("Data as of")
        page.locator("[data-figure=waits] summary").click()
        expect(page.locator("[data-figure=waits] details p")).to_contain_text("Counts: waits.")
        expect(page.locator("[data-figure=amount] .note")).to_have_text("5.00 USD")

    def test_a_visit_tells_channels_places_and_the_waits_in_it(self, people: Any, look: Any) -> None:
        page = of(look, people, ANN)
        park = page.locator(".visits > li").nth(1)
        assert park.locator(".chip").all_inner_texts() == ["app", "desk", "till", "wristband"]
        expect(park).to_contain_text("Comet, gate, shop")
        expect(park.locator(".stays li")).to_contain_text("Comet, waited 10 min, served for 2 min: served")

    def test_who_holds_what_since_when_and_why(self, people: Any, look: Any) -> None:
        page = of(look, people, ANN)
        row = page.locator(f'[data-identifier="{ANNS_EMAIL}"]')
        expect(row).to_contain_text("account.signed_in")
        expect(row).to_contain_text("the strongest, then the earliest")
        expect(page.locator('[data-identifier="wristband:w-1"]')).to_have_class("former")
        expect(page.locator("#doubt")).to_contain_text("is claimed by customer bob too")

    def test_who_else_is_on_the_booking_stands_there_and_leads_to_them(self, people: Any, look: Any) -> None:
        page = of(look, people, ANN)
        party = page.locator("#party li")
        expect(party).to_have_count(1)
        expect(party).to_contain_text("customer bob on booking family-7: 1 visit until ")
        party.locator("a").click()
        expect(page.locator("h1")).to_have_text("bob")
        expect(page.locator("#party li")).to_contain_text("customer ann on booking family-7")

    def test_the_timeline_goes_over_all_channels_page_by_page(self, people: Any, look: Any) -> None:
        page = of(look, people, ANN)
        first = page.locator("#touchpoints tbody tr")
        expect(first).to_have_count(50)
        page.click("text=Older touchpoints")
        expect(page.locator("#touchpoints tbody code").last).to_have_text("page.viewed")
        kinds = page.locator("#touchpoints tbody code").all_inner_texts()
        assert kinds[-8:] == [
            *("wristband.returned", "order.placed", "sale.made", "queue.joined", "wristband.issued", "call.entered"),
            *("account.signed_in", "page.viewed"),
        ]
        page.click("#touchpoints >> text=Back to the newest")
        expect(page.locator("text=Older touchpoints")).to_be_visible()


class TestInDoubt:
    def test_a_wristband_shows_each_wearer_with_what_they_did_and_no_more(self, people: Any, look: Any) -> None:
        page = of(look, people, "wristband:w-1")
        expect(page.locator("h1")).to_have_text("bob")
        runs = page.locator(".hands > li")
        assert [run.get_attribute("data-holder") for run in runs.all()] == [BOB, "", ANN]
        expect(runs.nth(0)).to_contain_text("2 touchpoints: gate, Comet")
        expect(runs.nth(2)).to_contain_text("3 touchpoints: gate, Comet")
        expect(page.locator("#touchpoints tbody tr")).to_have_count(2)

    def test_a_blocked_identifier_says_so(self, people: Any, look: Any) -> None:
        expect(of(look, people, "device:tablet").locator("#doubt")).to_contain_text("is blocked: more than 16 held it")

    def test_an_anonymous_cookie_is_a_person_of_its_own(self, people: Any, look: Any) -> None:
        page = of(look, people, "cookie:stranger")
        expect(page.locator(".asked")).to_contain_text("nobody else is known to hold it")
        expect(page.locator("#identifiers")).to_have_count(0)
        expect(page.locator(".visits > li")).to_have_count(1)

    def test_stale_data_are_said_to_be_stale(self, people: Any, look: Any) -> None:
        people.now_ms += 120_000
        try:
            page = of(look, people, ANN)
            expect(page.locator("#freshness")).to_have_attribute("data-level", "bad")
            expect(page.locator("#freshness")).to_contain_text("2 min behind")
            said = page.locator("#freshness > span:not(.sign)")  # in one piece: pieces are drawn with a gap between
            expect(said).to_have_text(re.compile(r"^Data as of .*\d, 2 min behind$"))
        finally:
            people.now_ms -= 120_000


class TestHandling:
    def test_every_action_has_a_key(self, people: Any, look: Any) -> None:
        page = of(look, people, ANN)
        page.keyboard.press("j")
        expect(page.locator("#totals")).to_be_focused()
        page.keyboard.press("j")
        expect(page.locator("#doubt")).to_be_focused()
        page.keyboard.press("k")
        expect(page.locator("#totals")).to_be_focused()
        page.keyboard.press("?")
        expect(page.locator("#help")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        expect(page.locator("#find input")).to_be_focused()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_on_a_phone_nothing_is_wider_than_the_screen(self, people: Any, look: Any, scheme: str) -> None:
        page = of(look, people, ANN, width=390, height=844, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        cut = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).length"
        assert page.evaluate(cut) == 0
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(243, 244, 246)" if scheme == "light" else "rgb(10, 13, 18)")

    def test_nothing_comes_from_elsewhere(self, people: Any, look: Any) -> None:
        page = look(f"{people.url}/people")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        expect(find(page, ANN).locator("body[data-ready]")).to_have_count(1)
        assert asked
        assert all(url.startswith(people.url) for url in asked)
