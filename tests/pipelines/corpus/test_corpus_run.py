import pytest
from typer.testing import CliRunner

from pipelines.corpus.entries.choices import SamplesEntry
from pipelines.corpus.entries.entry import Running
from pipelines.corpus.entries.sounds import HearEntry, IngestEntry
from pipelines.corpus.run import read_corpus, refuse_corpus, run_corpus, running_from
from pipelines.encoding.codec_fit import ready_codec
from schemas.lake import Lake
from tests.pipelines.corpus_lake import corpus_lake
from tests.places import PROJECT
from training.codecs.mel_rvq import MelRvqSettings
from ualm.cli import app

PRESETS = PROJECT / "pipelines/presets"

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
        ('[[steps]]\nstep = ["encode"]', "expected `step` to be one of"),
        (
            '[[steps]]\nstep = "ingest"\nsource = "scenes"\ninput = "6"\nsegment = 4',
            "steps.0: segment: no such key; did you mean segment_s?",
        ),
    ],
)
def test_what_is_wrong_in_a_corpus_file_is_named(tmp_path, text, complaint):
    with pytest.raises(ValueError, match=r"corpus\.toml") as caught:
        read_corpus(written(tmp_path, text))
    assert complaint in str(caught.value)


def test_a_wrong_entry_is_not_told_a_second_time_as_a_missing_one(tmp_path):
    with pytest.raises(ValueError, match=r"corpus\.toml: steps\.0: speed: no such key") as caught:
        read_corpus(written(tmp_path, '[[steps]]\nstep = "encode"\nspeed = 9'))
    assert "at least 1 item" not in str(caught.value)


MISTAKES = """
[[steps]]
step = "ingest"
source = "scenez"
input = "6"
[[steps]]
step = "captions"
captioner = "openai:nobody"
[[steps]]
step = "policy"
policy = "none.toml"
[[steps]]
step = "decontaminate"
sets = [{name = "a", kind = "gsm8k", path = "nowhere"}]
[[steps]]
step = "prompts"
model = "rules"
[[steps]]
step = "encode"
[[steps]]
step = "samples"
stage = "sft9"
"""


def test_all_that_a_corpus_names_and_is_not_there_is_told_before_a_step_runs(tmp_path):
    path = written(tmp_path, MISTAKES)
    with pytest.raises(ValueError, match="expected a source of folder") as caught:
        refuse_corpus(read_corpus(path), running_from(path, Running()))
    told = [part.partition(":")[0] for part in str(caught.value).split("; steps.")]
    assert told == [
        "steps.0 (ingest)",
        "1 (captions)",
        "2 (policy)",
        "3 (decontaminate)",
        "4 (prompts)",
        "6 (samples)",
    ]


@pytest.mark.parametrize("preset", sorted(PRESETS.glob("*.toml")), ids=lambda path: path.name)
def test_no_preset_names_what_is_not_there(preset):
    refuse_corpus(read_corpus(preset), running_from(preset, Running()))


def test_a_run_that_is_refused_leaves_no_lake(tmp_path):
    path = written(tmp_path, MISTAKES)
    given = ["corpus", "run", str(path), "--lake", str(tmp_path / "lake")]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 2
    assert "6 (samples): expected a stage" in result.stderr
    assert not (tmp_path / "lake").exists()


def test_a_dry_run_of_a_new_lake_tells_what_it_cannot_plan_yet_and_goes_on(tmp_path, caplog):
    text = SMALL.replace('step = "encode"', 'step = "caption-checks"')
    summaries = run_all(written(tmp_path, text), Lake.create(tmp_path / "lake"), dry_run=True)
    assert [one.step for one in summaries][-2:] == ["samples", "blend-weights"]
    assert "caption-checks: cannot be planned on what the lake holds now: expected" in caplog.text
    assert str(tmp_path) not in caplog.text


def test_a_run_without_codes_is_refused_before_a_sample_is_written(tmp_path):
    lake = corpus_lake(tmp_path / "lake")
    versions = lake.versions()
    path = written(tmp_path, SMALL[SMALL.index('[[steps]]\nstep = "samples"') :])
    with pytest.raises(ValueError, match=r"expected codes in .* run `ualm corpus encode"):
        run_all(path, lake)
    assert lake.versions() == versions


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
