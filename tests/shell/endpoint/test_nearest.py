"""A parameterised view through the endpoint: who may read only may ask what is near."""

from support.http_ask import ask

NEAREST = "SELECT place, total_seconds FROM nearest(kind = 'desk', place = '', lat = {lat:Float64}, lon = 8) FORMAT TSV"


def test_nearest_is_asked_with_parameters_like_any_table(port: int) -> None:
    answer = ask(port, NEAREST, param_lat="50")
    assert (answer.status, answer.text) == (200, "")


def test_an_argument_that_is_missing_is_named(port: int) -> None:
    answer = ask(port, "SELECT * FROM nearest(kind = 'desk', lat = 50, lon = 8)")
    assert answer.status in (400, 404)
    assert "place" in answer.text
