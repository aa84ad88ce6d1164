from pathlib import Path

import pytest

from pipelines.corpus.entries.choices import SamplesEntry
from pipelines.corpus.entries.entry import Running
from pipelines.corpus.entries.sounds import HearEntry, IngestEntry
from pipelines.corpus.run import read_corpus, run_corpus, running_from
from pipelines.encoding.codec_fit import ready_codec
from schemas.lake import Lake
from training.codecs.mel_rvq import MelRvqSettings

PRESETS = Path(__file__).parents[2] / "pipelines/presets"

SMALL = """
[[steps]]
step = "ingest"
source = "scenes"
input = "12"
[[steps]]
step = "encode"
[[steps]]
step = "rich-captions"
[[steps]]
step = "prompts"
seed = 1
[[steps]]
step = "dialogues"
[[steps]]
step = "critiques"
[[steps]]
step = "samples"
stage = "sft1"
[steps.blend.tasks.reasoning]
[steps.blend.tasks.audio-to-text]
share = 0.2
"""


def written(folder, text):
    path = folder / "corpus.toml"
    path.write_text(text)
    return path


def run_all(path, lake, **told):
    return list(run_corpus(read_corpus(path), lake, running_from(path, Running(**told))))


@pytest.mark.parametrize("preset", sorted(PRESETS.glob("*.toml")), ids=lambda path: path.name)
def test_every_preset_is_a_corpus(preset):
    assert read_corpus(preset).steps


def test_options_arrive_at_their_entries(tmp_path):
    text = SMALL + '[[steps]]\nstep = "hear"\nthreshold = 0.7\n'
    entries = {entry.step: entry for entry in read_corpus(written(tmp_path, text)).steps}
    assert isinstance(entries["ingest"], IngestEntry)
    assert entries["ingest"].input == "12"
    assert isinstance(entries["samples"], SamplesEntry)
    assert entries["samples"].blend.tasks["audio-to-text"].share == 0.2
    assert isinstance(entries["hear"], HearEntry)
    assert entries["hear"].threshold == 0.7


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("steps = [", "expected TOML"),
        ("steps = []", "at least 1 item"),
        ('[[steps]]\nstep = "dance"', "expected `step` to be one of ingest"),
        ("[[steps]]\nsource = 1", "expected `step` to be one of"),
        ("steps = [1]", "expected `step` to be one of"),
        ('[[steps]]\nstep = "encode"\nspeed = 9', "speed"),
        ('[[steps]]\nstep = "ingest"\nsource = "scenes"', "input"),
        ('mood = 1\n[[steps]]\nstep = "encode"', "mood"),
    ],
)
def test_what_is_wrong_in_a_corpus_file_is_named(tmp_path, text, complaint):
    with pytest.raises(ValueError, match=r"corpus\.toml") as caught:
        read_corpus(written(tmp_path, text))
    assert complaint in str(caught.value)


def test_a_missing_corpus_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="expected a corpus file at"):
        read_corpus(tmp_path / "none.toml")


@pytest.mark.slow
def test_a_corpus_runs_in_order_and_a_second_time_does_nothing(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    run_all(written(tmp_path, SMALL.partition('[[steps]]\nstep = "encode"')[0]), lake)
    small = MelRvqSettings(codebooks=2, codebook_size=16, iterations=2)
    ready_codec(lake, settings=small)
    path = written(tmp_path, SMALL)
    summaries = run_all(path, lake)
    assert [one.step for one in summaries] == [
        "ingest",
        "encode",
        "rich-captions",
        "prompts",
        "dialogues",
        "critiques",
        "samples",
        "blend-weights",
        "sequences",
    ]
    assert not any(one.failed for one in summaries)
    assert {one.step: one.counts.rows_in for one in summaries}["dialogues"] == 12
    versions = lake.versions()
    again = run_all(path, lake)
    assert [one.counts.rows_in for one in again] == [0] * 9
    assert lake.versions() == versions


@pytest.mark.slow
def test_a_dry_run_writes_nothing_and_fits_nothing(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    hearing = SMALL.replace('step = "critiques"', 'step = "hear"')
    summaries = run_all(written(tmp_path, hearing), lake, dry_run=True)
    assert summaries[0].pending_rows == 12
    assert [one.step for one in summaries][-2:] == ["samples", "blend-weights"]
    assert lake.versions() == {}
    assert not lake.weights.exists()


def test_paths_go_from_the_corpus_files_own_folder(tmp_path):
    text = '[[steps]]\nstep = "ingest"\nsource = "folder"\ninput = "sub/clips.jsonl"\n'
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match=r"sub/clips\.jsonl") as caught:
        run_all(path, Lake.create(tmp_path / "lake"))
    assert str(tmp_path) in str(caught.value)
