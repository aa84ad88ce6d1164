import json
import re

import pytest
from rich.cells import cell_len

from schemas.show import show, show_csv

DIGEST = "0123456789abcdef" * 4


@pytest.fixture
def printed(monkeypatch, capsys):
    """Return what a terminal of a width shows."""

    def of(rows, width=80, **more):
        monkeypatch.setenv("COLUMNS", str(width))
        for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"}.items():
            monkeypatch.setenv(name, value)
        show(rows, **more)
        return re.sub("\x1b\\[[013]?m", "", capsys.readouterr().out)  # bold, italic

    return of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (2 / 3, "0.666667"),
        (1e-9, "1e-09"),
        (1234567.891, "1234568"),
        (999_999.7, "1000000"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        ([0.1 + 0.2, {"a": 2 / 3}], '[0.3, {"a": 0.666667}]'),
        (12345678901234567890, "12345678901234567890"),
    ],
)
def test_numbers_have_six_significant_digits_and_whole_ones_all_of_theirs(printed, value, text):
    assert printed([{"x": value}]).split("\n")[3].strip() == text


def test_json_and_csv_stay_exact(printed, capsys):
    rows = [{"x": 0.1 + 0.2, "id": DIGEST, "text": "a\u202eb"}]
    assert json.loads(printed(rows, 20, as_json=True)) == rows
    show_csv(list(rows[0]), rows)
    assert capsys.readouterr().out == f"x,id,text\n0.30000000000000004,{DIGEST},a\u202eb\n"


def test_digests_are_whole_where_the_table_has_room_and_cut_to_twelve_digits_where_not(printed):
    rows = [{"a": DIGEST, "b": f"m@{DIGEST[:32]}", "n": 1}]
    assert f"{DIGEST}   m@{DIGEST[:32]}   1" in printed(rows, 120)
    assert f"{DIGEST[:12]}…   m@{DIGEST[:12]}…   1" in printed(rows, 60)


def test_a_digest_is_never_folded_beside_a_long_text(printed):
    assert f"{DIGEST}   a dog" in printed([{"id": DIGEST, "text": "a dog barks " * 20}], 90)


def test_rows_too_wide_for_a_table_are_lines_of_column_and_value(printed):
    row = {f"column_{number}": f"value-{number}" for number in range(12)} | {"id": DIGEST}
    lines = [line.split() for line in printed([row, row], 90).splitlines()]
    record = [list(pair) for pair in row.items()]
    assert lines == [["row", "1"], *record, [], ["row", "2"], *record, []]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(printed, width):
    row = {"id": DIGEST, "text": "ein Hund bellt, 犬が吠える " * 9, "path": "x/" * 70, "n": 1.5}
    for count in (1, 2, 3, 4):
        chosen = [dict(list(row.items())[:count])]
        assert max(map(cell_len, printed(chosen, width).splitlines())) <= width


@pytest.mark.parametrize("width", [80, 8])
@pytest.mark.parametrize("char", ["\0", "\x1b", "\x9b", "\r", "\b", "\u202e", "\u2066", "\ud800"])
def test_what_could_steer_a_terminal_is_shown_escaped(printed, char, width):
    shown = printed([{f"c{char}": f"a{char}b", "list": [char]}], width, title=f"t{char}")
    assert char not in shown
    escaped = char.encode("unicode_escape").decode()
    assert {f"a{escaped}b", f"c{escaped}", f"t{escaped}"} <= set(shown.split()) or width == 8


def test_lines_of_a_text_and_joined_letters_stay_as_they_are(printed):
    shown = printed([{"text": "one\ntwo 👩\u200d🚒"}])
    assert [line.strip() for line in shown.splitlines()[3:5]] == ["one", "two 👩\u200d🚒"]


def test_a_column_of_numbers_ends_flush_right_also_where_some_are_missing(printed):
    shown = printed([{"n": None, "s": "x"}, {"n": 12345, "s": "y"}, {"n": 7, "s": "z"}])
    assert "      7   z" in shown
