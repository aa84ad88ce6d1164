import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.lines import LONGEST_LINE
from pipelines.sources.sidecar import rows


def written(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def reasons(path):
    return [row.refusal.reason if row.refusal else None for row in rows(path)]


@settings(deadline=None)  # other work may hold the machine
@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20)), max_size=6))
def test_jsonl_rows_come_back_from_any_position(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("sidecar") / "rows.jsonl"
    written(path, "".join(json.dumps(v) + "\n" for v in values))
    read = list(rows(path))
    assert [row.values for row in read] == values
    for index, row in enumerate(read):
        assert list(rows(path, row.position)) == read[index:]


def test_csv_rows_come_back_from_any_position(tmp_path):
    path = written(
        tmp_path / "rows.csv",
        'path,text\na.wav,"one, two"\nb.wav,"a line\nand another"\n\nc.wav,plain\n',
    )
    read = list(rows(path))
    assert [row.values["path"] for row in read] == ["a.wav", "b.wav", "c.wav"]
    assert read[1].values["text"] == "a line\nand another"
    for index, row in enumerate(read):
        assert list(rows(path, row.position)) == read[index:]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_delimiter_and_byte_order_mark_do_not_matter(tmp_path, delimiter, mark):
    lines = [["text", "path"], ["ä bell", "a.wav"]]
    data = "\r\n".join(delimiter.join(line) for line in lines)
    (row,) = rows(written(tmp_path / "rows.csv", mark + data.encode()))
    assert row.values == {"text": "ä bell", "path": "a.wav"}


def test_a_byte_order_mark_before_jsonl_is_passed_over(tmp_path):
    (row,) = rows(written(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"path": "a"}\n'))
    assert row.values == {"path": "a"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"path": "a.wav"', "bad_row"),
        (b"[1, 2]", "bad_row"),
        (b'{"path": "a", "duration": NaN}', "bad_row"),
        (b"[" * 100_000, "bad_row"),
        (b'{"path": "' + b"x" * LONGEST_LINE + b'"}', "bad_row"),
        (b'{"path": "caf\xe9.wav"}', "encoding"),
    ],
)
def test_a_bad_line_of_jsonl_is_a_refused_row_between_good_ones(tmp_path, line, reason):
    good = b'{"path": "a.wav"}\n'
    path = written(tmp_path / "rows.jsonl", good + line + b"\n\n" + good)
    assert reasons(path) == [None, reason, None]


def test_a_bad_row_is_shown_so_that_it_can_be_found(tmp_path):
    (row,) = rows(written(tmp_path / "rows.jsonl", b'{"path": "caf\xe9.wav", "text": "x'))
    assert row.refusal.detail.endswith("""the row begins '{"path": "caf\\\\xe9.wav", "text": "x'""")
    (row,) = rows(written(tmp_path / "rows.csv", b"path,text\na.wav,one,two\n"))
    assert row.refusal.detail == "expected 2 columns, got 3; the row begins 'a.wav,one,two'"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a.wav", "bad_row"),
        (b"a.wav,one,two", "bad_row"),
        (b'a.wav,"no"quote', "bad_row"),
        (b"caf\xe9.wav,text", "encoding"),
    ],
)
def test_a_bad_line_of_csv_is_a_refused_row_between_good_ones(tmp_path, line, reason):
    path = written(tmp_path / "rows.csv", b"path,text\na.wav,x\n" + line + b"\nb.wav,y\n")
    assert reasons(path) == [None, reason, None]


def test_equal_bad_rows_of_csv_have_digests_of_their_own(tmp_path):
    path = written(tmp_path / "rows.csv", b'path,text\na,"b"c\na,"b"c\n')
    first, second = rows(path)
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("rows.txt", b"", r"expected a sidecar file \(\.jsonl.*got .*rows\.txt"),
        ("rows.csv", b"file,text\n", "expected a CSV header with a column `path`, got 'file,text'"),
        ("rows.csv", b"", "expected a CSV header with a column `path`, got ''"),
        ("rows.jsonl", "{}".encode("utf-16"), "expected UTF-8, got UTF-16"),
    ],
)
def test_what_is_no_sidecar_is_an_error(tmp_path, name, data, message):
    with pytest.raises(ValueError, match=message):
        list(rows(written(tmp_path / name, data)))
