"""Every query of every board runs on the engine, full and empty, and gives what its panel draws."""

from typing import Any

import pytest
from support.engine import Engine
from support.seeded_park import seed_park

from dashboards.boards import BOARDS
from dashboards.classic import classic
from dashboards.macros import Window, expand
from dashboards.panels import Board, Field, Panel, panel_sql, variable_sql

PANELS = [pytest.param(board, panel, id=f"{board.uid}/{panel.name}") for board in BOARDS for panel in board.panels]
TARGETS = [
    pytest.param(panel, panel["targets"][0], id=panel["title"])
    for board in BOARDS
    for panel in classic(board)["panels"]
]
CHOICES = [
    pytest.param({}, id="all"),
    pytest.param({"place": ["comet", "gate", "call-help"], "site": ["brightwater", "call-centre"]}, id="chosen"),
]
TIME, NUMBER, TEXT = ("DateTime",), ("Int", "Float", "Decimal"), ("String",)


@pytest.fixture(scope="module")
def park(engine: Engine, now_ms: int) -> Engine:
    engine.clear()
    seed_park(engine, now_ms, hours=4)
    return engine


def window(now_ms: int, panel: Panel, chosen: dict[str, list[str]] | None = None) -> Window:
    minutes = panel.span_hours * 60 if panel.span_hours else 30
    return Window(now_ms - minutes * 60_000, now_ms, 15, chosen or {})


@pytest.mark.parametrize("chosen", CHOICES)
@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_full_answer_has_the_columns_that_the_panel_names(
    park: Engine, now_ms: int, board: Board, panel: Panel, chosen: dict[str, list[str]]
) -> None:
    answer = park.query(expand(panel_sql(board, panel), window(now_ms, panel, chosen)))
    assert answer.rows
    assert sorted(answer.names) == sorted(field.name for field in panel.fields)
    for field in panel.fields:
        assert fits(field, answer.types[answer.names.index(field.name)]), field.name


@pytest.mark.parametrize(("panel", "target"), TARGETS)
def test_grafana_gets_a_time_column_where_it_asks_for_a_series(
    park: Engine, now_ms: int, panel: dict[str, Any], target: dict[str, Any]
) -> None:
    span = int(panel.get("timeFrom", "0.5h").removesuffix("h")) if "timeFrom" in panel else 0.5
    answer = park.query(expand(target["rawSql"], Window(now_ms - int(span * 3_600_000), now_ms, 15)))
    assert answer.rows
    if target["format"] == 0:
        assert "time" in answer.names
        kind = answer.types[answer.names.index("time")]
        assert kind.startswith("DateTime"), "Grafana takes no series whose time may be missing"
        times = [row[answer.names.index("time")] for row in answer.rows]
        assert panel["type"] == "stat" or times == sorted(times), "Grafana wants series in order of time"


@pytest.mark.parametrize(("board", "variable"), [(board, one) for board in BOARDS for one in board.variables])
def test_a_variable_offers_values_with_labels(park: Engine, now_ms: int, board: Board, variable: Any) -> None:
    answer = park.query(expand(variable_sql(board, variable), Window(now_ms - 1_800_000, now_ms)))
    assert answer.names == ["value", "label"]
    assert answer.rows
    assert len({row[0] for row in answer.rows}) == len(answer.rows)


def fits(field: Field, kind: str) -> bool:
    match field.unit:
        case "text":
            wanted: tuple[str, ...] = TEXT
        case "time":
            wanted = TIME if field.name != "value" else NUMBER  # Grafana's stat takes a number of milliseconds
        case _:
            wanted = NUMBER
    return any(name in kind for name in wanted)


class TestEmptyTables:
    """Nothing is known: no panel may answer with a number."""

    @pytest.fixture(autouse=True)
    def _empty(self, engine: Engine) -> None:
        engine.clear()

    @pytest.mark.parametrize("chosen", CHOICES)
    @pytest.mark.parametrize(("board", "panel"), PANELS)
    def test_no_rows(
        self, engine: Engine, now_ms: int, board: Board, panel: Panel, chosen: dict[str, list[str]]
    ) -> None:
        answer = engine.query(expand(panel_sql(board, panel), window(now_ms, panel, chosen)))
        assert answer.rows == []
        assert sorted(answer.names) == sorted(field.name for field in panel.fields)
