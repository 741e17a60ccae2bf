"""HTML never contains what came from outside as markup; a board's frames and its data agree."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from dashboards.boards import BOARDS
from dashboards.page.documents import board_page, start_page
from dashboards.page.markup import data_block, tag


@given(st.text())
def test_text_and_attributes_are_escaped(text: str) -> None:
    written = tag("p", text, title=text)
    assert written.count("<") == 2
    assert not re.search(r'title="[^"]*"[^>]', written)


def test_an_attribute_can_be_bare_or_left_out() -> None:
    assert tag("input", disabled=True, hidden=False, aria_label=None, class_="x") == '<input disabled class="x">'


@given(st.text())
def test_a_data_block_cannot_be_closed_from_inside(text: str) -> None:
    block = data_block("board", json.dumps({"name": text + "</script><script>"}))
    assert block.count("</script") == 1
    inside = block[block.index(">") + 1 : block.rindex("</script>")]
    assert json.loads(inside)["name"] == text + "</script><script>"


def test_a_board_has_one_frame_for_each_panel_but_the_banner() -> None:
    board = BOARDS[0]
    page = board_page(board, BOARDS, "/static/x")
    frames = re.findall(r'data-panel="(\w+)"', page)
    assert frames == [panel.name for panel in board.panels if panel.kind != "banner"]
    spec = json.loads(re.search(r'id="board">(.*?)</script>', page, re.S).group(1))  # type: ignore[union-attr]
    assert [panel["name"] for panel in spec["panels"]] == [panel.name for panel in board.panels]


def test_every_definition_stands_on_the_page() -> None:
    page = board_page(BOARDS[0], BOARDS, "/static/x")
    for panel in BOARDS[0].panels:
        if panel.kind != "banner":
            assert tag("p", panel.description) in page


def test_nothing_is_inline_that_the_security_policy_would_block() -> None:
    for page in (start_page(BOARDS, "/static/x"), board_page(BOARDS[0], BOARDS, "/static/x")):
        assert not re.search(r"<[^>]* (style|on\w+)=", page)
        assert all("src=" in script or "application/json" in script for script in re.findall(r"<script[^>]*>", page))
        assert not re.search(r'(src|href)="(https?:)?//', page), "nothing is loaded from elsewhere"


def test_the_start_page_leads_to_each_board() -> None:
    page = start_page(BOARDS, "/static/x")
    for board in BOARDS:
        assert f'href="/boards/{board.uid}" class="card"' in page
