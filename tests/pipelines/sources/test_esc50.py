import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

HEADER = "filename,fold,target,category,esc10,src_file,take\n"
ROWS = (
    "1-100032-A-0.wav,1,0,dog,True,100032,A\n",
    "2-40730-B-1.wav,2,1,crying_baby,False,40730,B\n",
)
LICENSE = """# ESC-50: Dataset for Environmental Sound Classification

101 - Dog:
- [1-100032-A.ogg]: clip derived from rose (1).wav (http://www.freesound.org/s/100032/) by n [CC0]
- [5-9032-A.ogg]:  clip derived from Dog bark2.wav (http://www.freesound.org/s/9032/) by x [CC-BY]
"""


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "meta/esc50.csv", HEADER + "".join(ROWS))
    written(tmp_path / "LICENSE", LICENSE)
    for name in ("1-100032-A-0.wav", "2-40730-B-1.wav"):
        sounding(tmp_path / "audio" / name)
    return tmp_path


def test_a_clip_has_its_class_and_its_own_licence_where_there_is_one(folder):
    first, second = listed("esc50", folder)
    assert (texts(first, "label"), texts(second, "label")) == (["dog"], ["crying baby"])
    assert (first.original, first.subset, first.licence) == ("freesound:100032", "fold1", "CC0")
    assert first.attribution.startswith("rose (1).wav by n (http")
    assert second.licence == "CC-BY-NC-3.0"
    assert defects([first, second]) == {("unmatched_row", "repair"): 1}
    assert [item.uri for item in (first, second)] == [
        f"audio/{i.source_id}" for i in (first, second)
    ]


@pytest.mark.parametrize("subset", ["esc10", "ESC-10"])
def test_esc10_is_a_part_of_it(folder, subset):
    assert listed("esc50", folder, subset=subset) == listed("esc50", folder)[:1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1-100038-A-0.wav,1,1,dog,True,100038,A\n", "shifted"),
        ("1-100038-A-0.wav,2,0,dog,True,100038,A\n", "shifted"),
        ("1-100038-A-0.wav,1,0,dog,True,100032,A\n", "shifted"),
        ("1-100038-A-0.wav,1,0,,True,100038,A\n", "no_text"),
        ("1-100038-A-0.wav,1,0,dog,yes,100038,A\n", "bad_row"),
        ("../1-100038-A-0.wav,1,0,dog,True,100038,A\n", "bad_row"),
        ("1-100038-A-0.wav,1,0,dog,True,100038,A\n", "missing_audio"),
    ],
)
def test_a_bad_row_is_refused_alone(folder, row, reason):
    written(folder / "meta/esc50.csv", HEADER + "".join(ROWS) + row)
    items = listed("esc50", folder)
    assert (len(items), refusals(items)) == (3, {reason: 1})
