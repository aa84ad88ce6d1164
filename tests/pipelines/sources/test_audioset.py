import pytest

from tests.pipelines.sources.sets import defects, listed, opened, refusals, sounding, texts, written

CLASSES = (
    'index,mid,display_name\n0,/m/09x0r,"Speech"\n1,/m/05zppz,"Male speech, man speaking"\n'
    '2,/t/dd00005,"Child singing"\n'
)


def official(*rows, declared=None):
    total = len(rows) if declared is None else declared
    head = [
        "# Segments csv created Sun Mar  5 10:54:25 2017",
        f"# num_ytids={total}, num_segs={total}, num_unique_labels=3, num_positive_labels=4",
        "# YTID, start_seconds, end_seconds, positive_labels",
    ]
    return "\n".join([*head, *rows]) + "\n"


ROWS = (
    '--4gqARaEJE, 0.000, 10.000, "/m/09x0r,/t/dd00005"',
    '-0BIyqJj9ZU, 30.500, 40.000, "/m/05zppz"',
)


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "class_labels_indices.csv", CLASSES)
    written(tmp_path / "eval_segments.csv", official(*ROWS))
    return tmp_path


def test_labels_are_the_names_of_the_classes_joined_in_one_way(folder):
    first, second = listed("audioset", folder, texts_only=True)
    assert texts(first, "label") == ["Speech; Child singing"]
    assert texts(second, "label") == ["Male speech, man speaking"]
    assert (second.source_id, second.original) == ("-0BIyqJj9ZU_30500", "youtube:-0BIyqJj9ZU")
    assert (second.start_s, second.end_s, second.subset) == (30.5, 40, "eval")
    assert (first.texts[0].licence, first.licence) == ("CC-BY-4.0", None)


def test_the_variant_without_header_says_the_same(folder):
    plain = listed("audioset", folder, texts_only=True)
    variant = [
        '--4gqARaEJE,0.000,10.000,"""/m/09x0r","/t/dd00005""",,,,,,,',
        '-0BIyqJj9ZU,30.500,40.000,"""/m/05zppz""",,,,,,,,',
    ]
    written(folder / "eval_segments.csv", "\r\n".join(variant))
    again = listed("audioset", folder, texts_only=True)
    assert [(i.source_id, i.fingerprint) for i in again] == [
        (i.source_id, i.fingerprint) for i in plain
    ]


def test_a_total_that_is_not_the_declared_one_is_told(folder):
    written(folder / "eval_segments.csv", official(*ROWS, declared=3))
    items = listed("audioset", folder, texts_only=True)
    assert refusals(items) == {"bad_total": 1}
    assert "expected 3 segments" in items[-1].refusal.detail


def test_stray_brackets_are_mended_and_unknown_classes_left_out(folder):
    rows = (
        "--4gqARaEJE, 0.000, 10.000, \"['/m/09x0r', '/t/dd00005']\"",
        '-0BIyqJj9ZU, 30.500, 40.000, "/m/05zppz,/m/nothing"',
        '-0BIyqJj9ZV, 30.500, 40.000, "/m/nothing"',
        '-0BIyqJj9ZW, 30.500, 40.000, ""',
    )
    written(folder / "eval_segments.csv", official(*rows))
    items = listed("audioset", folder, texts_only=True)
    assert [texts(item) for item in items] == [
        ["Speech; Child singing"],
        ["Male speech, man speaking"],
        [],
        [],
    ]
    assert defects(items) == {("bad_labels", "repair"): 1, ("unknown_label", "drop"): 1}
    assert refusals(items) == {"no_text": 2}


def test_sounds_may_lie_in_a_folder_of_their_list(folder):
    sounding(folder / "audios/eval_segments/Y--4gqARaEJE.wav")
    first, second = listed("audioset", folder)
    assert first.uri == "eval_segments/Y--4gqARaEJE.wav"
    assert second.refusal.reason == "missing_audio"


def test_without_the_names_of_the_classes_nothing_is_read(folder):
    (folder / "class_labels_indices.csv").unlink()
    with pytest.raises(ValueError, match=r"class_labels_indices\.csv or .*ontology\.json"):
        opened("audioset", folder, texts_only=True)
    written(folder / "ontology.json", '[{"id": "/m/09x0r", "name": "Speech"}]')
    assert texts(listed("audioset", folder, texts_only=True)[0]) == ["Speech"]
