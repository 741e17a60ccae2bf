"""The generated files: current, complete, and never rewritten by a change that breaks producers."""

import json
from pathlib import Path

import pytest

from schemas.generate import BASELINE, ROOT, breaking, generated, main, stale
from schemas.publish.json_schema import all_schemas
from schemas.touchpoint import TYPES

SCHEMAS = all_schemas()


def test_committed_files_are_what_the_models_give() -> None:
    assert stale(generated(SCHEMAS)) == [], "run python -m schemas.generate"


def test_the_models_break_no_producer_of_the_published_contract() -> None:
    assert breaking(SCHEMAS) == []
    assert set(json.loads((ROOT / BASELINE).read_text("utf-8"))) == set(TYPES)


def test_generating_writes_everything_and_then_nothing_is_stale(tmp_path: Path) -> None:
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    assert (tmp_path / "json" / "page.viewed.json").exists()


@pytest.mark.parametrize("path", ["json/page.viewed.json", "examples/bad/envelope.jsonl", "asyncapi.yaml", BASELINE])
def test_a_changed_or_missing_file_is_stale(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([], tmp_path)
    text = (tmp_path / path).read_text("utf-8")
    (tmp_path / path).write_text(text.replace("page.viewed", "page.seen", 1), "utf-8")
    assert main(["--check"], tmp_path) == 1
    assert path in capsys.readouterr().out


def test_files_of_a_type_that_is_gone_are_stale_and_removed(tmp_path: Path) -> None:
    main([], tmp_path)
    left = tmp_path / "json" / "page.forgotten.json"
    left.write_text("{}", "utf-8")
    assert main(["--check"], tmp_path) == 1
    assert main([], tmp_path) == 0
    assert not left.exists()


def test_a_breaking_change_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promised = {**SCHEMAS, "page.scrolled": SCHEMAS["page.viewed"]}
    (tmp_path / BASELINE).write_text(json.dumps(promised), "utf-8")
    assert main([], tmp_path) == 1
    assert "page.scrolled: the type was removed" in capsys.readouterr().out
    assert not (tmp_path / "json").exists()


def test_a_published_example_that_is_refused_now_is_a_breaking_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([], tmp_path)
    path = tmp_path / "examples" / "good" / "page.viewed.jsonl"
    path.write_text(path.read_text("utf-8").replace("page.viewed-1", ""), "utf-8")
    assert main([], tmp_path) == 1
    assert "page.viewed: a published example is refused now (event_id" in capsys.readouterr().out


def test_the_asyncapi_document_is_yaml_and_names_every_type() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the document here; it is no dependency")
    document = yaml.safe_load((ROOT / "asyncapi.yaml").read_text("utf-8"))
    messages = document["channels"]["touchpoints"]["messages"]
    assert document["asyncapi"].startswith("3.")
    assert set(messages) == set(TYPES)
    for name in messages:
        message = document["components"]["messages"][name]
        assert (ROOT / message["payload"]["schema"]["$ref"]).exists()
        assert message["examples"][0]["payload"]["type"] == name
