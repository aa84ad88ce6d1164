from schemas.dictionary import dictionary, markdown
from schemas.tables import TABLES
from tests.places import PROJECT


def test_the_data_dictionary_in_docs_is_not_stale():
    written = (PROJECT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert written == markdown(TABLES.values()), (
        "run `ualm table schema --markdown > docs/tables.md`"
    )


def test_every_column_of_every_table_is_documented():
    for table in TABLES.values():
        rows = dictionary(table)
        assert set(table.columns) <= {row["name"] for row in rows}
        assert all(row["doc"].endswith((".", ")")) for row in rows), table.name


def test_columns_inside_structs_say_where_they_lead():
    rows = {row["name"]: row for row in dictionary(TABLES["contexts"])}
    assert rows["segments"]["type"] == "list of struct"
    assert rows["segments.clip_id"]["refers to"] == "clips.clip_id"
    assert rows["reference_clip_id"]["type"] == "string, or null"


def test_a_bar_does_not_break_the_table():
    lines = [line for line in markdown(TABLES.values()).splitlines() if line.startswith("| `")]
    assert all(line.replace(r"\|", "").count("|") == 7 for line in lines)
