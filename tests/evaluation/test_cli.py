import json
import re
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from evaluation.cli import evaluate
from schemas.lake import Lake
from tests.evaluation.scenes import EVENTS, RATE, fill_generations, sound_of


def invoke(*arguments):
    return CliRunner().invoke(evaluate, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def generated_lake(scene_lake, scene_rows, tmp_path_factory):
    import shutil

    root = tmp_path_factory.mktemp("cli") / "lake"
    shutil.copytree(scene_lake.root, root)
    lake = Lake.open(root)
    sounds = {a.clip_id: [a.audio.bytes] for a in scene_rows["audio"][:24]}
    fill_generations(lake, scene_rows, sounds)
    return lake


def test_judge_prints_its_examination_and_writes_it_down(generated_lake):
    result = invoke("judge", "--lake", generated_lake.root)
    assert result.exit_code == 0
    for part in (
        "embedded:scene-judge@",
        "held-out scenes: AUC 0.9",
        "threshold",
        "of all splits: trusted",
    ):
        assert part in result.output
    names = generated_lake.read("metrics", ["name"])["name"].to_pylist()
    assert names.count("text_match_auc") == 2


def test_metrics_print_a_table_with_everything_beside_the_system(generated_lake):
    result = invoke("metrics", "--lake", generated_lake.root)
    assert result.exit_code == 0
    for part in ("tiny@0123", "ground_truth", "shuffled", "noise", "95 % interval", "fd", "biased"):
        assert part in result.output
    assert generated_lake.read("metrics").num_rows > 10


def test_metrics_as_json_are_rows(generated_lake):
    result = invoke("metrics", "--lake", generated_lake.root, "--seed", 1, "--json")
    rows = json.loads(result.stdout)["metrics"]
    assert {row["seed"] for row in rows} == {1}
    assert {row["name"] for row in rows} == {
        "fd",
        "kl_ref_gen",
        "kl_gen_ref",
        "is",
        "cl",
        "quality",
    }


def test_metrics_without_generations_say_what_to_run(scene_lake):
    result = invoke("metrics", "--lake", scene_lake.root)
    assert result.exit_code == 2
    assert "run `ualm generate` first" in result.output


def test_a_folder_that_is_no_lake_is_a_users_mistake(tmp_path):
    result = invoke("judge", "--lake", tmp_path)
    assert result.exit_code == 2
    assert "expected a lake" in result.output


@pytest.fixture
def folders(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    captions = ["id,text"]
    for side in ("made", "real"):
        (tmp_path / side).mkdir()
        for i, event in enumerate(EVENTS):
            soundfile.write(tmp_path / side / f"{i}.wav", sound_of([event], rng, 0.5), RATE)
    captions += [f"{i},{event}" for i, event in enumerate(EVENTS)]
    (tmp_path / "texts.csv").write_text("\n".join([*captions, "lost,nothing"]))
    monkeypatch.setenv("UALM_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


SOUNDS = ("audio", "--generated", "made", "--reference", "real")
ALL = (*SOUNDS, "--captions", "texts.csv")


def test_audio_prints_rows_and_what_is_missing(generated_lake, folders):
    embedded = (*ALL, "--preset", "embedded", "--lake", generated_lake.root)
    result = invoke(*embedded, "--output", "out")
    assert result.exit_code == 0
    assert "matched: 6" in result.stdout
    assert "reference or caption without generated: 1: lost" in result.stdout
    assert f"features are kept in {folders / 'cache' / 'ualm' / 'features'}" in result.stderr
    assert "written: out/metrics.parquet, out/clip_scores.parquet" in result.stderr
    values = json.loads(invoke(*embedded, "--json").stdout)
    assert values["matching"]["without_generated"] == ["lost"]
    assert values == json.loads((folders / "out" / "evaluation.json").read_text())
    assert "made" in generated_lake.read("metrics", ["system"])["system"].to_pylist()


@pytest.mark.usefixtures("folders")
def test_an_interruption_says_that_the_same_command_goes_on(generated_lake, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("evaluation.audio.listening.read_clip", interrupted)
    result = invoke(*ALL, "--preset", "embedded", "--lake", generated_lake.root)
    assert result.exit_code == 130
    assert result.stderr.splitlines()[1:] == ["stopped: the same command goes on from here"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (ALL, r"the preset ualm lacks weights: openl3-mel256-env-512 \(for fd\), passt-s-ap476 "),
        (ALL, r"run `ualm weights pull openl3-mel256-env-512 passt-s-ap476 "),
        ((*ALL, "--preset", "fad"), "expected one of the presets .*embedded; got 'fad'"),
        ((*ALL, "--metrics", "fad"), "expected metrics of the preset ualm: fd, .*; got 'fad'"),
        ((*SOUNDS, "--metrics", "cl"), "cl needs texts: give --captions"),
        (
            ("audio", "--generated", "made", "--metrics", "kl"),
            "kl_gen_ref needs real sound: give --reference, or .* FILE.pkl",
        ),
        ((*ALL, "--preset", "embedded"), "expected --lake.*`ualm corpus ingest scenes 300 "),
        ((*ALL, "--crop", "10s"), "expected --set beside --crop"),
        ((*ALL, "--content", "speech"), "expected --content env or music, got 'speech'"),
        ((*ALL, "--set", "audiocaps"), "expected one of the evaluation sets"),
        ((*SOUNDS, "--set", "songdescriber"), "expected --captions song_describer.csv"),
        (("audio", "--generated", "none"), "expected a folder of sounds, got none"),
    ],
)
@pytest.mark.usefixtures("folders")
def test_a_users_mistake_is_one_line_before_anything_is_heard(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert re.search(message, result.stderr)
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_refitting_trains_anew(tmp_path, monkeypatch):
    from evaluation.embedded import judge_training
    from tests.evaluation.scenes import fill_scenes

    lake = Lake.create(tmp_path / "lake")
    fill_scenes(lake, 16, seconds=0.5)
    quick = judge_training.JudgeConfig(steps=1, batch=2, frames=96)
    monkeypatch.setattr(judge_training, "JudgeConfig", lambda: quick)
    first = invoke("judge", "--lake", lake.root)
    again = invoke("judge", "--lake", lake.root, "--refit")
    assert first.exit_code == again.exit_code == 0
    assert first.output.split(":")[1] == again.output.split(":")[1]


def test_help_imports_nothing_heavy():
    code = (
        "import sys; import evaluation.cli; "
        "print([m for m in ('torch','scipy','polars','numpy','deltalake') if m in sys.modules])"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert result.stdout == "[]\n"
