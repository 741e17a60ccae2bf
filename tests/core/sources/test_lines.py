"""Files as lines: whatever their packing and order, the same lines in order of time under the same numbers."""

import gzip
import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources import lines as lines_module
from streams.sources.lines import Line, moment, prepare


def line(second: int, event: str = "e") -> bytes:
    occurred_at = f"2026-05-04T10:{second // 60:02}:{second % 60:02}Z"
    return orjson.dumps({"source": "till", "event_id": event, "occurred_at": occurred_at})


def written(folder, name, lines):
    path = folder / name
    path.write_bytes(b"\n".join(lines))
    return str(path)


def values(prepared, folder, after=0):
    return [found.value for found in prepared.lines(after, folder)]


def test_a_file_in_order_is_read_as_it_is_blank_lines_apart(tmp_path):
    prepared = prepare([written(tmp_path, "a", [line(1), b"", b"  ", line(2, "f"), b"{oops"])], tmp_path)

    assert (prepared.count, prepared.in_order) == (3, True)
    assert list(prepared.lines(1, tmp_path)) == [Line(2, b"till:f", line(2, "f")), Line(3, None, b"{oops")]


def test_a_file_out_of_order_comes_in_order_of_time_and_of_the_file_at_one_instant(tmp_path):
    prepared = prepare([written(tmp_path, "a", [line(5, "x"), line(9), line(5, "y"), line(1)])], tmp_path)

    assert not prepared.in_order
    assert values(prepared, tmp_path) == [line(1), line(5, "x"), line(5, "y"), line(9)]
    assert (prepared.first_ms, prepared.last_ms) == (moment(line(1)), moment(line(9)))


def test_a_line_without_a_time_stays_behind_the_one_it_followed(tmp_path):
    prepared = prepare([written(tmp_path, "a", [b"{first", line(9), b"{oops", line(1)])], tmp_path)
    assert values(prepared, tmp_path) == [b"{first", line(1), line(9), b"{oops"]


def test_packing_line_ends_and_way_in_do_not_change_the_name(tmp_path, monkeypatch):
    plain = written(tmp_path, "a", [line(1), line(2)])
    packed = tmp_path / "b"
    packed.write_bytes(gzip.compress(line(1) + b"\r\n\r\n" + line(2) + b"\r\n"))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line(1) + b"\n" + line(2) + b"\n")))

    named = [prepare([file], tmp_path) for file in (plain, str(packed), "-")]
    assert len({prepared.name for prepared in named}) == 1
    assert [values(prepared, tmp_path) for prepared in named] == [[line(1), line(2)]] * 3
    assert prepare([written(tmp_path, "c", [line(2), line(1)])], tmp_path).name != named[0].name


def test_several_files_are_one_stream_in_order_of_time(tmp_path):
    files = [written(tmp_path, "a", [line(1), line(9)]), written(tmp_path, "b", [line(3)])]
    assert values(prepare(files, tmp_path), tmp_path) == [line(1), line(3), line(9)]


@given(st.lists(st.integers(0, 300), max_size=60))
def test_sorting_on_disk_gives_what_sorting_in_memory_gives(tmp_path_factory, seconds):
    folder = tmp_path_factory.mktemp("sorting")
    unsorted = [line(second, str(number)) for number, second in enumerate(seconds)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "RUN_BYTES", 400)
        prepared = prepare([written(folder, "a", unsorted)], folder)
        found = values(prepared, folder)

    assert found == sorted(unsorted, key=lambda value: (moment(value), unsorted.index(value)))
    assert prepared.in_order == (found == unsorted)


def test_an_empty_input_has_no_lines_and_no_times(tmp_path):
    prepared = prepare([written(tmp_path, "a", [])], tmp_path)
    assert (prepared.count, prepared.first_ms, values(prepared, tmp_path)) == (0, None, [])


def test_a_missing_file_says_which(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        prepare([str(tmp_path / "nowhere.jsonl")], tmp_path)


def test_a_packed_file_that_was_cut_off_is_named(tmp_path):
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(line(second) for second in range(300)))[:-20])
    with pytest.raises(ValueError, match=r"cut\.jsonl\.gz: .*; the file is damaged or was cut off"):
        prepare([str(path)], tmp_path)
