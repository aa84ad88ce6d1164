from collections import Counter

import pytest

from bench.growth_lake import grow
from bench.growth_rows import CAPTIONS, Facts
from schemas.verify import verify

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not CAPTIONS.is_file(), reason="no real data in ../shared/data"),
]


@pytest.fixture(scope="module")
def facts():
    return Facts.read()


def test_a_larger_lake_begins_with_the_rows_of_a_smaller_one(tmp_path):
    small, large = (grow(tmp_path / str(rows), rows) for rows in (100, 300))
    for table in ("recordings", "clips", "captions"):
        assert large.read(table).slice(0, 100).equals(small.read(table))
        assert large.read(table).num_rows == 300


def test_a_lake_of_captions_is_as_declared(tmp_path):
    assert [str(problem) for problem in verify(grow(tmp_path / "lake", 200))] == []


def test_the_same_row_says_the_same_in_every_run(facts):
    assert [facts.of(row) for row in range(50)] == [Facts.read().of(row) for row in range(50)]


@pytest.mark.parametrize("first", [0, 500_000])
def test_rows_are_drawn_alike_early_and_late(facts, first):
    rows = [facts.of(row) for row in range(first, first + 4_000)]
    licences = Counter(row.licence for row in rows)
    leaked = {caption for _, caption in facts.leaked}
    # Five deviations of a binomial of 4,000 tries to either side.
    assert 131 <= licences["CC-BY-NC-4.0"] <= 269
    assert 9 <= licences[None] <= 71
    assert 673 <= sum(row.text_kind == "pseudo" for row in rows) <= 927
    assert 9 <= sum(row.text.startswith("Sure, here") for row in rows) <= 71
    assert 36 <= sum(row.text in leaked for row in rows) <= 160
    assert 66 <= sum(facts.sound(row) != row for row in range(first, first + 4_000)) <= 174
