"""Readers of benchmarks and id lists, on files of a few items made in the real layout."""

import gzip
import json

import pytest

from pipelines.leaks.benchmarks import gsm8k, humaneval, mmar, mmau, mmlu
from pipelines.leaks.entries import Entry
from pipelines.leaks.id_lists import blacklist, id_list
from tests.places import DATA


def lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def listed(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_mmau_gives_questions_and_file_names_but_no_original(tmp_path):
    item = {
        "id": "3fe6",
        "audio_id": "./test-mini-audios/3fe6.wav",
        "question": "What speaks?",
        "choices": ["Man", "Robot"],
        "dataset": "AudioSet",
    }
    assert list(mmau(listed(tmp_path / "mmau.json", [item]))) == [
        Entry(
            item_id="3fe6",
            passages=("What speaks? Man Robot",),
            sound_names=("./test-mini-audios/3fe6.wav", "3fe6.wav"),
        )
    ]


def test_mmar_gives_the_video_and_its_stretch(tmp_path):
    base = {"question": "Where might this music originate from in the world", "choices": ["A", "B"]}
    path = lines(
        tmp_path / "mmar.jsonl",
        {
            "id": "qx8hrhBZJ98_00-01-32_00-02-02",
            "audio_path": "./audio/qx8.wav",
            "source": "youtube",
            "url": "https://www.youtube.com/watch?v=qx8hrhBZJ98&list=RD",
            "timestamp": "00:01:32,00:02:02",
            **base,
        },
        {
            "id": "BV1kx411m7UN_2-45_3-15",
            "audio_path": "./audio/BV1.wav",
            "source": "bilibili",
            "url": "https://b23.tv/x",
            "timestamp": "2:45,3:15",
            **base,
        },
    )
    video, other = mmar(path)
    assert (video.original, video.start_s, video.end_s) == ("youtube:qx8hrhBZJ98", 92.0, 122.0)
    assert (other.original, other.start_s, other.end_s) == ("bilibili:BV1kx411m7UN", 165.0, 195.0)
    alone = base["question"]
    assert video.passages == (alone, f"{alone} A B")


def test_humaneval_is_read_packed_and_unpacked(tmp_path):
    row = {"task_id": "HumanEval/0", "prompt": "def f(x):\n", "test": "assert"}
    plain = lines(tmp_path / "HumanEval.jsonl", row)
    packed = tmp_path / "HumanEval.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(humaneval(plain)) == list(humaneval(packed))
    assert next(humaneval(packed)) == Entry(item_id="HumanEval/0", passages=("def f(x):\n",))


def test_mmlu_reads_every_subject_of_a_folder(tmp_path):
    for subject in ("b", "a"):
        (tmp_path / f"{subject}_test.csv").write_text('"Is it 1, or 2?",0,1,2,3,B\n')
    assert list(mmlu(tmp_path)) == [
        Entry(item_id=f"{subject}_test:1", passages=("Is it 1, or 2? 0 1 2 3",))
        for subject in ("a", "b")
    ]


@pytest.mark.parametrize(
    ("reader", "text", "complaint"),
    [
        (mmau, "{}", "expected a list of items, got dict"),
        (mmau, "[{}]", "item 1 lacks \\['id', 'audio_id', 'question', 'choices'\\]"),
        (mmau, "[", "expected JSON"),
        (gsm8k, '{"question": "q", "answer": "a"}\nnone', "line 2"),
        (gsm8k, "[1]", "lacks \\['question', 'answer'\\]"),
        (mmlu, "only,three,fields\n", "row 1 has 3 fields"),
        (blacklist, "[]", "object of lists of ids"),
        (blacklist, "{", "given.csv: expected JSON"),
        (blacklist, '{"Else": []}', "AudioSet"),
    ],
)
def test_a_file_of_another_layout_is_refused(tmp_path, reader, text, complaint):
    path = tmp_path / "given.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        list(reader(path))


def test_an_empty_folder_is_no_mmlu(tmp_path):
    with pytest.raises(ValueError, match="found no CSV file"):
        list(mmlu(tmp_path))


def test_ids_of_a_blacklist_are_normalised_and_unreadable_ones_refused(tmp_path):
    ids = {"AudioSet": ["YvfY_TJq7n_U.wav", "?"], "FreeSound": ["156"]}
    one, bad, other = blacklist(listed(tmp_path / "blacklist.json", ids))
    assert (one.original, other.original) == ("youtube:vfY_TJq7n_U", "freesound:156")
    assert bad.refusal.reason == "bad_row"


def test_an_id_list_takes_ids_as_any_set_writes_them(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("# test\nyoutube:YvfY_TJq7n_U.wav\n\nfreesound:156\nvimeo:1\nvfY_TJq7n_U\n")
    entries = list(id_list(path))
    assert [e.original for e in entries] == ["youtube:vfY_TJq7n_U", "freesound:156", None, None]
    assert "KIND:ID" in entries[3].refusal.detail


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_the_published_benchmarks_are_read_whole():
    benchmarks = DATA / "benchmarks"
    read = {
        "gsm8k": list(gsm8k(benchmarks / "gsm8k/test.jsonl")),
        "humaneval": list(humaneval(benchmarks / "humaneval/HumanEval.jsonl.gz")),
        "mmau": list(mmau(benchmarks / "mmau/mmau-test-mini.json")),
        "mmar": list(mmar(benchmarks / "mmar/MMAR-meta.jsonl")),
    }
    counts = {name: len({entry.item_id for entry in entries}) for name, entries in read.items()}
    assert counts == {"gsm8k": 1319, "humaneval": 164, "mmau": 1000, "mmar": 1000}
    videos = [entry.original for entry in read["mmar"]]
    assert sum(one.startswith("youtube:") for one in videos) == 593
    assert sum(one.startswith("bilibili:") for one in videos) == 407
    assert all(entry.start_s < entry.end_s for entry in read["mmar"] if entry.start_s is not None)
    assert all(entry.passages for entries in read.values() for entry in entries)
