import pytest

from bench.growth_lake import CAPTIONS, changed, grow
from schemas.verify import verify

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not CAPTIONS.is_file(), reason="no real data in ../shared/data"),
]


def test_a_larger_lake_begins_with_the_rows_of_a_smaller_one(tmp_path):
    small, large = (grow(tmp_path / str(rows), rows) for rows in (100, 300))
    for table in ("recordings", "clips", "captions"):
        assert large.read(table).slice(0, 100).equals(small.read(table))
        assert large.read(table).num_rows == 300


def test_a_lake_of_captions_is_as_declared(tmp_path):
    assert [str(problem) for problem in verify(grow(tmp_path / "lake", 200))] == []


def test_the_first_round_is_the_real_captions_and_later_ones_are_mostly_changed():
    captions = ["a dog barks at a passing car", "rain falls on a tin roof"]
    words = ["bell", "wind", "engine"]
    texts = [changed(captions, words, 0, row) for row in range(2_002)]
    assert texts[:2] == captions
    as_they_were = sum(text in captions for text in texts[2:])
    # One in fifty is left as it was: 40 of 2,000, and 20 is three deviations of a binomial away.
    assert 20 <= as_they_were <= 60
    assert texts == [changed(captions, words, 0, row) for row in range(2_002)]
