import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

HEADER = (
    "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,"
    "is_balanced_subset,is_audioset_eval\r\n"
)
ROWS = (
    """-0Gj8-vB1q4,30,40,"/m/02cjck","['low', ""singer's voice""]","A ballad.\nSad.",4,False,True\r
""",
    "-0SdAVK79lg,70,80,/m/0155w,\"['guitar', 'piano']\",A guitar,0,True,False\r\n",
)


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "musiccaps-public.csv", HEADER + "".join(ROWS))
    return tmp_path


def test_an_item_has_a_caption_and_its_aspects(folder):
    first, second = listed("musiccaps", folder, texts_only=True)
    assert texts(first, "human") == ["A ballad.\nSad."]
    assert texts(first, "label") == ["low; singer's voice"]
    assert (first.source_id, first.original) == ("-0Gj8-vB1q4_30000", "youtube:-0Gj8-vB1q4")
    assert (first.start_s, first.end_s) == (30, 40)
    assert (first.subset, second.subset) == ("eval", "train")
    assert listed("musiccaps", folder, texts_only=True, subset="eval") == [first]
    assert listed("musiccaps", folder / "musiccaps-public.csv", texts_only=True) == [first, second]


def test_sounds_may_be_named_by_their_times(folder):
    sounding(folder / "audio/[-0Gj8-vB1q4]-[30-40].wav")
    sounding(folder / "audio/-0SdAVK79lg_70_80.mp3.wav")
    first, second = listed("musiccaps", folder)
    assert first.uri == "[-0Gj8-vB1q4]-[30-40].wav"
    assert second.refusal.reason == "missing_audio"


def test_odd_lists_of_aspects_are_mended_and_bad_rows_refused_alone(folder):
    rows = [
        "-0SdAVK79lg,70,80,/m/0155w,\"['guitar', 'piano\",A guitar,0,True,False\r\n",
        "-0SdAVK79lh,70,80,/m/0155w,[],A guitar,0,True,False\r\n",
        "-0SdAVK79li,70,80,/m/0155w,['x'],A guitar,0,True,maybe\r\n",
        "-0SdAVK79lj,70,80,/m/0155w,['x'],,0,True,False\r\n",
        f"-0SdAVK79lk,70,80,/m/0155w,{'[' * 9000},x,0,True,False\r\n",
    ]
    written(folder / "musiccaps-public.csv", HEADER + "".join(rows))
    items = listed("musiccaps", folder, texts_only=True)
    assert texts(items[0], "label") == ["guitar; piano"]
    assert texts(items[1], "label") == []
    assert defects(items) == {("bad_labels", "repair"): 2}
    assert refusals(items) == {"bad_row": 1, "no_text": 1}
