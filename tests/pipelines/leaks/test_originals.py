from pipelines.leaks.originals import Originals

ROWS = [
    {"evaluation_set": s, "item_id": i, "original": o, "start_s": b, "end_s": e}
    for s, i, o, b, e in [
        ("eval", "a", "youtube:vfY_TJq7n_U", 30.0, 40.0),
        ("eval", "b", "youtube:vfY_TJq7n_U", 90.0, 100.0),
        ("list", "c", "youtube:vfY_TJq7n_U", None, None),
        ("list", "d", None, None, None),
    ]
]


def found(original, start=None, end=None):
    hits = Originals.of(ROWS).hits(original, (start, end))
    return {hit.evaluation_set: (hit.items, hit.overlap) for hit in hits}


def test_every_set_with_something_of_the_same_original_hits_once():
    assert found("youtube:vfY_TJq7n_U") == {"eval": (("a", "b"), None), "list": (("c",), None)}


def test_stretches_tell_whether_they_overlap_and_hit_all_the_same():
    assert found("youtube:vfY_TJq7n_U", 95.0, 105.0)["eval"] == (("a", "b"), True)
    assert found("youtube:vfY_TJq7n_U", 50.0, 60.0)["eval"] == (("a", "b"), False)


def test_another_original_or_none_hits_nothing():
    assert found("youtube:VFY_TJq7n_U") == found("freesound:1") == found(None) == {}
