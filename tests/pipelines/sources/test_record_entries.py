from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.delimited import Format
from pipelines.sources.listed import Entry
from pipelines.sources.record_entries import each_key, groups_of
from tests.pipelines.sources.sets import written

FORM = Format(delimiter=",", required=("key", "text"))
KEYS = st.sampled_from(["a", "b", "c d", "é", ""])
TEXTS = st.sampled_from(["one", '"two, three"', '"a line\nand another"', '"never, closed', "x,y"])


def gathered(rows):
    return Entry(source_id=rows[0].values["key"], position=rows[0].position, names=texts(rows))


def texts(rows):
    return tuple(row.values["text"] for row in rows)


def entries(path, position=0):
    return list(each_key(path, FORM, ("key",), position, gathered))


@settings(deadline=None)  # other work may hold the machine
@given(st.lists(st.tuples(KEYS, TEXTS), max_size=9))
def test_rows_of_a_key_come_together_where_the_first_one_stands(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    whole = [row for row in rows if row[1] not in {'"never, closed', "x,y"}]
    lines = ["key,text", *(f"{key},{text}" for key, text in rows)]
    if any(text == '"never, closed' for _, text in rows):
        lines = ["key,text", *(f"{key},{text}" for key, text in whole), 'z,"never, closed']
    written(path, "\n".join(lines) + "\n")
    expected: dict[str, list[str]] = {}
    for key, text in whole:
        expected.setdefault(key, []).append(text.strip('"'))
    read = entries(path)
    good = [entry for entry in read if entry.refusal is None]
    assert [(e.source_id, list(e.names)) for e in good] == list(expected.items())
    for index, entry in enumerate(read):
        assert entries(path, entry.position) == read[index:]


def test_a_bad_row_is_no_row_of_any_key(tmp_path):
    path = written(tmp_path / "x.csv", "key,text\na,1,2\na,3\nb,4\na,5\n")
    assert [(e.source_id, e.names) for e in entries(path) if e.refusal is None] == [
        ("a", ("3", "5")),
        ("b", ("4",)),
    ]
    assert len(entries(path)) == 3


def test_a_file_that_changed_is_indexed_again(tmp_path):
    path = written(tmp_path / "x.csv", "key,text\na,1\n")
    assert len(groups_of(path, FORM, ("key",)).positions) == 1
    written(path, "key,text\na,1\nb,2\n")
    assert len(groups_of(path, FORM, ("key",)).positions) == 2


def test_a_file_without_rows_has_no_entries(tmp_path):
    assert entries(written(tmp_path / "x.csv", "key,text\n")) == []
