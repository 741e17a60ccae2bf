"""How each kind of panel looks in Grafana: type, options and field settings, with core panels only."""

from collections.abc import Callable
from typing import Any

from dashboards.panels import LEVEL_CODES, LEVEL_COLOURS, LEVEL_SIGNS, Field, Kind, Panel, Position, Unit

Json = dict[str, Any]

NEUTRAL = "#56B4E9"
SERIES_COLOURS = ("#56B4E9", "#009E73", "#CC79A7", "#8A8F98")
"""Okabe and Ito's colours that are no level's."""

UNITS: dict[Unit, str] = {
    "people": "locale",
    "calls": "locale",
    "servers": "locale",
    "count": "locale",
    "seconds": "s",
    "ratio": "percentunit",
    "per_minute": "suffix:/min",
    "time": "time:HH:mm:ss",
    "level": "none",
    "text": "string",
}


def classic_panel(panel: Panel, position: Position, number: int, dashboard_uid: str) -> Json:
    """Everything of the panel but its query."""
    grafana_type, options, defaults, overrides = _KINDS[panel.kind](panel, dashboard_uid)
    plain: Json = {"unit": UNITS[panel.unit], "noValue": panel.empty, "links": [], "mappings": []}
    return {
        "id": number,
        "type": grafana_type,
        "title": panel.title,
        "description": panel.description,
        "gridPos": {"x": position.x, "y": position.y, "w": position.width, "h": position.height},
        "interval": "5s",
        **({"timeFrom": f"{panel.span_hours}h", "hideTimeOverride": False} if panel.span_hours else {}),
        "transparent": False,
        "fieldConfig": {"defaults": plain | defaults, "overrides": overrides},
        "options": options,
    }


Look = tuple[str, Json, Json, list[Json]]


def _stat(panel: Panel, _: str) -> Look:
    numbers = [field for field in panel.fields if field.show not in ("hidden", "text", "link")]
    named = any(field.show == "link" for field in panel.fields)
    main_name = "${__field.labels.name}" if named else numbers[0].title
    overrides = [
        _override(field, {"displayName": main_name if field is numbers[0] else field.title} | _colour(field))
        for field in numbers
    ]
    lone = len(numbers) == 1 and not named
    options = {
        "colorMode": "value",
        "graphMode": "area" if lone else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
        "textMode": "value" if lone else "value_and_name",
        "wideLayout": True,
        # `last`, not `lastNotNull`: an unknown number stays empty instead of showing an older one
        "reduceOptions": {"calcs": ["last"], "fields": "", "values": False},
    }
    return "stat", options, {"color": {"mode": "fixed", "fixedColor": NEUTRAL}}, overrides


def _banner(panel: Panel, _: str) -> Look:
    mappings = [
        _matches("^Live.*", LEVEL_COLOURS["ok"], 0),
        _matches("^Behind.*", LEVEL_COLOURS["watch"], 1),
        _matches("^(Stale|Nothing).*", LEVEL_COLOURS["bad"], 2),
    ]
    options = {
        "colorMode": "background_solid",
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "auto",
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
        "textMode": "value",
        "wideLayout": True,
        "reduceOptions": {"calcs": ["last"], "fields": f"/^{panel.fields[0].name}$/", "values": False},
    }
    return "stat", options, {"mappings": mappings, "color": {"mode": "thresholds"}, **_steps(())}, []


def _table(panel: Panel, uid: str) -> Look:
    options = {"showHeader": True, "cellHeight": "sm", "frameIndex": 0}
    defaults = {"custom": {"align": "auto", "inspect": False}, "color": {"mode": "thresholds"}, **_steps(())}
    return "table", options, defaults, [_column(field, uid) for field in panel.fields]


def _column(field: Field, uid: str) -> Json:
    settings: Json = {"displayName": field.title, "unit": UNITS[field.unit], "noValue": "–"}
    match field.show:
        case "hidden":
            settings["custom.hidden"] = True
        case "level":
            settings["mappings"] = _level_mappings()
            settings["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
        case "bar":
            settings |= {"min": 0, "max": 1, **_steps(field.thresholds)}
            settings["custom.cellOptions"] = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        case "link":
            url = f"/d/{uid}?var-place=${{__data.fields.place:percentencode}}&${{__url_time_range}}"
            settings["links"] = [{"title": "Only this place", "url": url, "targetBlank": False}]
    return _override(field, settings)


def _bars(_: Panel, __: str) -> Look:
    options = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "valueMode": "text",
        "namePlacement": "auto",
        "sizing": "auto",
        "showUnfilled": True,
        "minVizWidth": 8,
        "minVizHeight": 16,
        "maxVizHeight": 40,
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
        "reduceOptions": {"calcs": ["last"], "fields": "/^value$/", "values": True, "limit": 12},
    }
    return "bargauge", options, {"min": 0, "color": {"mode": "fixed", "fixedColor": NEUTRAL}}, []


def _series(panel: Panel, _: str) -> Look:
    lines = [field for field in panel.fields if field.show != "hidden"]
    overrides = [
        _override(
            field,
            {"displayName": field.title, "color": {"mode": "fixed", "fixedColor": SERIES_COLOURS[number]}}
            | _band(field, lines),
        )
        for number, field in enumerate(lines)
    ]
    custom = {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 0, "showPoints": "never", "spanNulls": False}
    options = {
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    return "timeseries", options, {"custom": custom, "min": 0}, overrides


def _band(field: Field, lines: list[Field]) -> Json:
    """From P90 down to P50 the estimate's band is filled."""
    below = next((line for line in lines if line.name == field.name.replace("p90", "p50")), None)
    if "p90" not in field.name or below is None:
        return {}
    return {"custom.fillBelowTo": below.title, "custom.fillOpacity": 15}


def _timeline(_: Panel, __: str) -> Look:
    options = {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.85,
        "perPage": 20,
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    defaults = {
        "displayName": "${__field.labels.name}",
        "mappings": _level_mappings(),
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 80, "lineWidth": 0, "spanNulls": True},
        **_steps(()),
    }
    return "state-timeline", options, defaults, []


def _heatmap(_: Panel, __: str) -> Look:
    options = {
        "calculate": False,
        "cellGap": 2,
        "cellValues": {"unit": UNITS["seconds"]},
        "color": {"mode": "scheme", "scheme": "Blues", "exponent": 0.5, "fill": NEUTRAL, "reverse": False, "steps": 32},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": -1},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False},
        "yAxis": {"axisPlacement": "left", "reverse": False},
    }
    return "heatmap", options, {"displayName": "${__field.labels.name}"}, []


def _histogram(panel: Panel, _: str) -> Look:
    bars = [field for field in panel.fields if field.show == "number"]
    options = {
        "xField": panel.fields[0].name,
        "orientation": "auto",
        "stacking": "normal",
        "showValue": "never",
        "barWidth": 0.9,
        "groupWidth": 0.7,
        "xTickLabelRotation": 0,
        "xTickLabelMaxLength": 8,
        "fullHighlight": False,
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    overrides = [
        _override(field, {"displayName": field.title, "color": {"mode": "fixed", "fixedColor": SERIES_COLOURS[number]}})
        for number, field in enumerate(bars)
    ]
    return "barchart", options, {"custom": {"fillOpacity": 80, "lineWidth": 0}, "min": 0}, overrides


_KINDS: dict[Kind, Callable[[Panel, str], Look]] = {
    "stat": _stat,
    "banner": _banner,
    "table": _table,
    "bars": _bars,
    "ranges": _table,
    "series": _series,
    "timeline": _timeline,
    "heatmap": _heatmap,
    "histogram": _histogram,
}


def _override(field: Field, settings: Json) -> Json:
    """The field's own settings; its unit and decimals are always among them."""
    settings = {"unit": UNITS[field.unit], **({"decimals": field.decimals} if field.decimals else {})} | settings
    return {
        "matcher": {"id": "byName", "options": field.name},
        "properties": [{"id": name, "value": value} for name, value in settings.items()],
    }


def _colour(field: Field) -> Json:
    return {"color": {"mode": "thresholds"}, **_steps(field.thresholds)} if field.thresholds else {}


def _steps(thresholds: tuple[Any, ...]) -> Json:
    base = {"color": NEUTRAL if thresholds else "text", "value": None}
    steps = [base, *({"color": LEVEL_COLOURS[one.level], "value": one.at} for one in thresholds)]
    return {"thresholds": {"mode": "absolute", "steps": steps}}


def _level_mappings() -> list[Json]:
    """Colour, sign and word together: nobody has to tell colours apart."""
    return [
        {
            "type": "value",
            "options": {
                str(code): {"text": f"{LEVEL_SIGNS[level]} {word}", "color": LEVEL_COLOURS[level], "index": code}
                for code, (level, word) in LEVEL_CODES.items()
            },
        }
    ]


def _matches(pattern: str, colour: str, index: int) -> Json:
    return {"type": "regex", "options": {"pattern": pattern, "result": {"color": colour, "index": index}}}
