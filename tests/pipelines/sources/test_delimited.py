import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.delimited import Delimited, Format
from pipelines.sources.lines import LONGEST_LINE
from tests.pipelines.sources.sets import written

AB = Format(delimiter=",", required=("a", "b"))


def rows(path, form=AB, position=0):
    with Delimited(path, form) as file:
        return list(file.records(position))


def reasons(path, form=AB):
    return [row.refusal.reason if row.refusal else None for row in rows(path, form)]


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


@settings(deadline=None)  # other work may hold the machine
@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=8)] * 2), max_size=6))
def test_rows_come_back_from_any_position(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    lines = ["a,b", *(f"{quoted(a)},{quoted(b)}" for a, b in values)]
    written(path, "\r\n".join(lines) + "\r\n")
    read = rows(path)
    assert [(row.values["a"], row.values["b"]) for row in read] == values
    for index, row in enumerate(read):
        assert rows(path, position=row.position) == read[index:]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiter_byte_order_mark_and_line_ends_do_not_matter(tmp_path, delimiter, mark, end):
    lines = [delimiter.join(row) for row in (["a", "b"], ["ä", "1"], ["ö", "2"])]
    path = written(tmp_path / "x.csv", mark + end.join(lines).encode())
    assert [row.values for row in rows(path, Format(required=("a", "b")))] == [
        {"a": "ä", "b": "1"},
        {"a": "ö", "b": "2"},
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "bad_row"),
        (b"1,2,3", "bad_row"),
        (b'1,"no"quote', "bad_row"),
        (b"caf\xe9,2", "encoding"),
        (b"1," + b"x" * LONGEST_LINE, "bad_row"),
        (b'1,"' + b"x" * 200_000 + b'"', "bad_row"),
        (b'1,"never closed', "bad_row"),
    ],
)
def test_a_bad_row_is_refused_and_those_around_it_are_not(tmp_path, line, reason):
    path = written(tmp_path / "x.csv", b"a,b\n1,2\n" + line + b"\n3,4\n5,6\n")
    assert reasons(path) == [None, reason, None, None]
    assert rows(path)[-1].values == {"a": "5", "b": "6"}


def test_a_bad_row_is_shown_so_that_it_can_be_found(tmp_path):
    (row,) = rows(written(tmp_path / "x.csv", b"a,b\ncaf\xe9,2,3\n"))
    assert row.refusal.detail.endswith("the row begins 'caf\\\\xe9,2,3'")


def test_a_nul_is_a_character_like_others(tmp_path):
    (row,) = rows(written(tmp_path / "x.csv", b"a,b\n1\0,2\n"))
    assert row.values == {"a": "1\0", "b": "2"}


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        (b"caf\xe9", "café", "latin-1"),
        (b"caf\xc3\xa9", "café", "utf-8"),
        (b"\x93quoted\x94", "“quoted”", "cp1252"),
    ],
)
def test_what_is_no_utf8_is_latin_1_or_windows_1252_where_that_is_allowed(
    tmp_path, raw, text, encoding
):
    path = written(tmp_path / "x.csv", b"a,b\n" + raw + b",2\n")
    (row,) = rows(path, Format(delimiter=",", encoding="latin-1"))
    assert (row.values["a"], row.encoding) == (text, encoding)


def test_comments_are_passed_over_and_padding_is_kept_in_the_last_column(tmp_path):
    path = written(tmp_path / "x.csv", '# one\n# two, 3\n1, "x,y"\n2,x,y,,\n')
    form = Format(delimiter=",", columns=("a", "b"), comment="#", spaces=True, ragged=True)
    read = rows(path, form)
    assert [row.values["b"] for row in read] == ["x,y", "x,y,,"]
    assert rows(path, form, read[1].position) == read[1:]


def test_a_header_of_three_rows_is_one_name_a_column(tmp_path):
    path = written(tmp_path / "x.csv", ",track,set\n,title,split\ntrack_id,,\n2,Food,training\n")
    (row,) = rows(path, Format(delimiter=",", header_rows=3))
    assert row.values == {"track_id": "2", "track.title": "Food", "set.split": "training"}


def test_without_quoting_a_quote_is_a_character(tmp_path):
    path = written(tmp_path / "x.csv", '1|"so|3\n')
    (row,) = rows(path, Format(delimiter="|", columns=("a", "b", "c"), quoted=False))
    assert row.values["b"] == '"so'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x,y\n1,2\n", "header with a, b; without all of them this is another file: 'x,y'"),
        (b"x,a\n1,2\n", "expected a header with a, b; without b this is another file: 'x,a'"),
        (b"", "expected a header with a, b; the file is empty"),
        ("a,b\n".encode("utf-16"), "expected UTF-8, got UTF-16"),
    ],
)
def test_another_file_is_an_error(tmp_path, data, message):
    with pytest.raises(ValueError, match=message):
        rows(written(tmp_path / "x.csv", data))
    with pytest.raises(ValueError, match="No such file"):
        rows(tmp_path / "absent.csv")


def test_a_line_without_an_end_costs_no_memory(tmp_path):
    path = written(tmp_path / "x.csv", b"a,b\n" + b"x" * 2**25)
    tracemalloc.start()
    try:
        assert reasons(path) == ["bad_row"]
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
