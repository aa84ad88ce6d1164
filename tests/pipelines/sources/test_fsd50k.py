import json

import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

BY = "http://creativecommons.org/licenses/by/3.0/"
VOCABULARY = "0,Electric_guitar,/m/02sgy\n1,Music,/m/04rlf\n2,Bark,/m/05tny_\n"
GUITAR = 'fname,labels,mids,split\n64760,"Electric_guitar,Music","/m/02sgy,/m/04rlf",train\n'


def about(**clips):
    return json.dumps(
        {
            fname: {
                "title": title,
                "description": "x",
                "tags": [],
                "license": BY,
                "uploader": "ann",
            }
            for fname, title in clips.items()
        }
    )


@pytest.fixture
def folder(tmp_path):
    truth = tmp_path / "FSD50K.ground_truth"
    written(truth / "vocabulary.csv", VOCABULARY)
    written(truth / "dev.csv", GUITAR + "10000,Bark,/m/05tny_,val\n")
    written(truth / "eval.csv", "fname,labels,mids\n37199,Bark,/m/05tny_\n")
    metadata = tmp_path / "FSD50K.metadata"
    written(metadata / "dev_clips_info_FSD50K.json", about(**{"64760": "Strum.wav", "10000": ""}))
    return tmp_path


def test_a_clip_has_its_labels_its_title_and_its_own_licence(folder):
    items = listed("fsd50k", folder, texts_only=True)
    first, second, third = items
    assert texts(first, "label") == ["Electric guitar; Music"]
    assert texts(first, "title") == ["Strum.wav"]
    assert (first.original, first.licence, first.uploader) == ("freesound:64760", BY, "ann")
    assert first.attribution == "Strum.wav by ann (https://freesound.org/s/64760/)"
    assert [item.subset for item in items] == ["train", "val", "eval"]
    assert texts(second) == ["Bark"]
    assert third.licence is None
    assert listed("fsd50k", folder, texts_only=True, subset="val") == [second]
    assert listed("fsd50k", folder, texts_only=True, subset="eval") == [third]


def test_sounds_lie_in_the_folder_of_their_part(folder):
    sounding(folder / "FSD50K.dev_audio/64760.wav")
    sounding(folder / "FSD50K.eval_audio/37199.wav")
    assert [item.uri for item in listed("fsd50k", folder)] == [
        "FSD50K.dev_audio/64760.wav",
        None,
        "FSD50K.eval_audio/37199.wav",
    ]
    truth = folder / "FSD50K.ground_truth/eval.csv"
    assert [item.uri for item in listed("fsd50k", truth)] == ["FSD50K.eval_audio/37199.wav"]


def test_labels_beside_ids_of_other_classes_are_shifted(folder):
    rows = [
        "1,Bark,/m/04rlf,train\n",
        '2,"Bark,Music",/m/05tny_,train\n',
        "3,['Bark'],/m/05tny_,train\n",
        "4,Howl,/m/07qf0zm,train\n",
        "5,,,train\n",
        "../6,Bark,/m/05tny_,train\n",
    ]
    written(folder / "FSD50K.ground_truth/dev.csv", GUITAR + "".join(rows))
    items = listed("fsd50k", folder, texts_only=True, subset="dev")
    assert refusals(items) == {"shifted": 2, "no_text": 1, "bad_row": 1, "unmatched_row": 1}
    assert defects(items) == {
        ("bad_labels", "repair"): 1,
        ("unknown_label", "quarantine"): 1,
        ("unmatched_row", "quarantine"): 2,
    }
    assert items[-1].source_id == "metadata:10000"
