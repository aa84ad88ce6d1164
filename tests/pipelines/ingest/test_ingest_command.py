import json

import pytest
import soundfile
from typer import Typer
from typer.testing import CliRunner

from pipelines.commands.ingest import ingest
from pipelines.commands.options import BEAM_CONTEXT
from schemas.lake import Lake
from tests.schemas.audio.files import noise

app = Typer()
app.command(context_settings=BEAM_CONTEXT)(ingest)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_scenes_make_a_lake_and_say_what_was_done(tmp_path):
    lake = tmp_path / "lake"
    result = run("scenes", 3, "--lake", lake)
    assert result.exit_code == 0, result.output
    assert "rows in 3 = 3 produced" in result.output
    assert "clips 3" in result.output
    assert Lake.open(lake).read("rich_captions").num_rows == 3
    again = run("scenes", 3, "--lake", lake)
    assert "1 shard, 1 done before" in again.output


def test_a_folder_takes_its_options(tmp_path):
    soundfile.write(tmp_path / "a.wav", noise(7, 16_000), 16_000)
    (tmp_path / "clips.csv").write_text("path,text\na.wav,a hiss\nb.wav,none\n")
    result = run(
        "folder", tmp_path / "clips.csv", "--lake", tmp_path / "lake", "--segment", 3,
        "--min-seconds", 0.5, "--hifi", "--name", "hisses", "--text-kind", "label",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "rows in 2 = 1 produced, 1 missing_audio" in result.output
    assert "  ledger: 1 missing_audio, such as: " in result.output
    assert "nothing could be used" not in result.output
    lake = Lake.open(tmp_path / "lake")
    assert lake.read("clips")["duration_s"].to_pylist() == [3, 3, 1]
    assert lake.read("hifi").num_rows == 3
    assert lake.read("captions")["text_kind"].to_pylist() == ["label"]
    assert set(lake.read("recordings")["source"].to_pylist()) == {"hisses"}


def test_an_ingest_that_could_use_nothing_asks_whether_the_input_is_right(tmp_path):
    (tmp_path / "clips.csv").write_text("path,text\na.wav,a hiss\n")
    result = run("folder", tmp_path / "clips.csv", "--lake", tmp_path / "lake")
    assert result.exit_code == 0, result.output
    assert "  nothing could be used: is this the set that was named" in result.output


@pytest.mark.parametrize("existing", [False, True])
def test_a_dry_run_leaves_no_trace(tmp_path, existing):
    lake = tmp_path / "lake"
    if existing:
        Lake.create(lake)
    before = sorted(tmp_path.rglob("*"))
    result = run("scenes", 70, "--lake", lake, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "2 shards, 0 done before; to run: 70 rows" in result.output
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("web", "x"), "; got 'web'"),
        (("scenes", "many"), "expected a number of scenes such as 300, got 'many'"),
        (("folder", "missing.jsonl"), "found nothing at missing.jsonl"),
        (("folder", "."), "found a folder at ."),
        (("scenes", "3", "--segment", "0.5"), "expected segments of at least the shortest clip"),
        (("scenes", "3", "--min-seconds", "0"), "shortest clip of more than 0 s, got 0.0 s"),
        (("scenes", "3", "--runner", "DirectRunner"), "DirectRunner is refused"),
    ],
)
def test_a_mistake_exits_2_and_says_what_was_expected(tmp_path, arguments, message):
    result = run(*arguments, "--lake", tmp_path / "lake")
    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())


def test_a_csv_without_a_path_column_exits_2_and_leaves_no_lake(tmp_path):
    (tmp_path / "clips.csv").write_text("file,text\n")
    result = run("folder", tmp_path / "clips.csv", "--lake", tmp_path / "lake")
    assert result.exit_code == 2
    assert not (tmp_path / "lake").exists()


def test_refused_items_are_no_failure(tmp_path):
    rows = [{"path": "../a.wav"}, {"path": "b.wav"}]
    (tmp_path / "clips.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    result = run("folder", tmp_path / "clips.jsonl", "--lake", tmp_path / "lake")
    assert result.exit_code == 0
    assert "rows in 2 = 0 produced, 1 missing_audio, 1 path_escapes" in result.output


def test_a_refused_runner_leaves_no_lake_behind(tmp_path):
    result = run("scenes", 3, "--lake", tmp_path / "lake", "--runner", "DirectRunner")
    assert result.exit_code == 2
    assert "is refused" in result.output
    assert not (tmp_path / "lake").exists()
