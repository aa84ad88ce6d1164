import numpy as np

from pipelines.duplicates.buckets import Spill, bucket_pairs, gathered, local_candidates
from pipelines.duplicates.caption_keys import CENTRE, EITHER, MEMBER, Keys


def pairs(family, places, rows=None, keys=None):
    places = np.asarray(places, np.uint32)
    rows = np.arange(len(places)) if rows is None else np.asarray(rows)
    keys = np.ones(len(places), np.uint64) if keys is None else np.asarray(keys, np.uint64)
    found = bucket_pairs(family, keys, rows, places)
    return [tuple(pair) for pair in found.pairs.tolist()], found.lost


def test_all_rows_of_a_bucket_meet_its_centre():
    assert pairs("skip", [MEMBER, EITHER, CENTRE])[0] == [(1, 2, 0), (0, 2, 0)]


def test_members_alone_do_not_meet():
    assert pairs("skip", [MEMBER, MEMBER]) == ([], 0)


def test_buckets_do_not_mix():
    assert pairs("whole", [EITHER] * 4, keys=[1, 2, 1, 2])[0] == [(0, 2, 0), (1, 3, 0)]


def test_a_large_bucket_of_bands_says_what_it_leaves_out():
    found, lost = pairs("band", [EITHER] * 10)
    assert len(found) + lost == 10 * 9 // 2
    assert (0, 7, 0) in found
    assert (0, 8, 0) not in found


def test_frames_say_how_much_later_the_first_row_has_the_key():
    assert pairs("frame", [9, 4], rows=[0, 1])[0] == [(0, 1, 5)]
    assert pairs("frame", [9, 4], rows=[1, 0])[0] == [(0, 1, -5)]


def test_a_row_that_has_a_key_twice_counts_once_by_its_first_place():
    assert pairs("frame", [9, 2, 4], rows=[0, 0, 1])[0] == [(0, 1, -2)]


def test_an_empty_bucket_gives_nothing():
    assert pairs("band", []) == ([], 0)
    assert pairs("whole", []) == ([], 0)
    assert local_candidates([]).pairs.shape == (0, 3)


def test_keys_on_disk_give_the_pairs_of_keys_in_memory(tmp_path):
    chance = np.random.default_rng(0)
    keys = chance.integers(0, 300, 2000).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    rows = np.arange(2000)
    places = np.full(2000, EITHER, np.uint32)
    spill = Spill(tmp_path)
    for start in range(0, 2000, 300):
        part = slice(start, start + 300)
        spill.add(Keys(family="whole", keys=keys[part], rows=rows[part], places=places[part]))
    found = gathered(spill.candidates())
    expected = gathered([bucket_pairs("whole", keys, rows, places)])
    assert found.pairs.tolist() == expected.pairs.tolist()
    assert len(found.pairs) == 2000 - len(np.unique(keys))
    assert list(tmp_path.iterdir()) == []


def test_a_pair_that_shares_two_keys_is_met_twice():
    one = Keys(
        family="whole",
        keys=np.array([1, 1, 2, 2], np.uint64),
        rows=np.array([0, 1, 0, 1]),
        places=np.full(4, EITHER, np.uint32),
    )
    found = local_candidates([one])
    assert (found.pairs.tolist(), found.met.tolist()) == ([[0, 1, 0]], [2])
