import logging
import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pipelines.captions.step import Captions
from schemas.lake import Lake
from tests.evaluation.scenes import fill_scenes
from tests.faults.faulty_server import FaultyServer
from tests.pipelines.corpus_lake import caption, clip, put, read
from tests.pipelines.encoding.encode_lake import add_sounds, flac, sound
from tests.pipelines.scene_judge import give_judge
from ualm.cli import app

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

KEY = "canary-0815-key"
RECIPE = "threshold = -1.0\n[sampling]\nsamples = 2\n"


@pytest.fixture
def lake(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    add_sounds(lake, "a-00000", {f"a{i}": flac(sound(i, 8000)) for i in range(4)})
    give_judge(lake)
    return lake


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return str(path)


def ualm(*words):
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, " ".join(result.output.split())


def files_with(folder, secret):
    return [p for p in folder.rglob("*") if p.is_file() and secret.encode() in p.read_bytes()]


def test_a_key_is_in_no_file_and_no_word_of_a_run(lake, recipe, tmp_path):
    """The server sends the key back, in answers, in errors and in its refusals."""
    script = ["ok", "echo", "500", "garbage", "echo", "cut"]
    with FaultyServer(script, answer=lambda _: f"A bell rings {KEY} twice.") as server:
        captioner = f"openai:m@{server.url}#key_env=UALM_CANARY&backoff_s=0&attempts=2"
        words = ["--captioner", captioner, "--recipe", recipe, "--lake", str(lake.root)]
        run = subprocess.run(
            [sys.executable, "-c", _LOUD, "corpus", "captions", *words],
            env=os.environ | {"UALM_CANARY": KEY, "OPENAI_LOG": "debug"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert {headers["authorization"] for _, headers, _ in server.requests} == {f"Bearer {KEY}"}
    assert "Sending HTTP Request" in run.stderr  # the logs were as loud as they can be
    assert KEY not in run.stdout + run.stderr
    assert files_with(tmp_path, KEY) == []
    assert files_with(tmp_path, "UALM_CANARY") == []
    assert len(files_with(tmp_path, "A bell rings *** twice.")) > 0
    assert "***" in " ".join(str(row["detail"]) for row in read(lake, "ledger"))


_LOUD = "import logging; logging.basicConfig(level=1); from ualm.cli import app; app()"


def test_a_key_is_in_no_traceback_of_a_run_that_fails(lake, recipe, monkeypatch, caplog):
    monkeypatch.setenv("UALM_CANARY", KEY)
    caplog.set_level(logging.DEBUG)
    with FaultyServer(lambda _: "echo") as server:
        captioner = f"openai:m@{server.url}#key_env=UALM_CANARY&give_up_after=2"
        code, said = ualm(
            *("corpus", "captions", "--captioner", captioner, "--recipe", recipe),
            *("--captioner-licence", "mine", "--lake", str(lake.root)),
        )
    assert code == 1
    assert "Incorrect API key provided: Bearer ***" in said
    assert KEY not in said + caplog.text
    assert files_with(lake.root, KEY) == []
    assert KEY not in repr(Captions(captioner=captioner))


def test_a_dry_run_of_a_server_sends_nothing(lake, recipe):
    with FaultyServer() as server:
        captioner = f"openai:m@{server.url}"
        code, said = ualm(
            *("corpus", "captions", "--captioner", captioner, "--recipe", recipe),
            *("--lake", str(lake.root), "--dry-run"),
        )
        assert server.requests == []
    assert code == 0
    assert "1 shard, 0 done before; to run: 4 rows" in said
    assert "time not known yet" in said


@pytest.fixture
def unjudged(tmp_path):
    lake = Lake.create(tmp_path / "unjudged")
    add_sounds(lake, "a-00000", {f"a{i}": flac(sound(i, 8000)) for i in range(4)})
    return lake


def test_a_dry_run_without_scenes_says_what_the_run_would(unjudged):
    captioner = "openai:m@http://127.0.0.1:9/v1"  # asked nothing: the scorer is refused before
    words = ("corpus", "captions", "--captioner", captioner, "--lake", str(unjudged.root))
    real, dry = ualm(*words), ualm(*words, "--dry-run")
    assert dry == real
    assert dry[0] == 2
    assert "add some with `ualm corpus ingest scenes 300" in dry[1]


def test_a_dry_run_without_a_judge_plans_as_the_run_would(tmp_path):
    lake = Lake.create(tmp_path / "scenes")
    fill_scenes(lake, 8, seconds=0.5)
    code, said = ualm("corpus", "captions", "--lake", str(lake.root), "--dry-run")
    assert code == 0
    assert "would be trained first" in said
    assert "captions: 1 shard, 0 done before; to run: 8 rows" in said
    assert not lake.weights.exists()


def test_no_judge_is_trained_for_a_captioner_that_is_not_there(tmp_path):
    lake = Lake.create(tmp_path / "scenes")
    fill_scenes(lake, 8, seconds=0.5)
    words = ("--captioner", "openai:m@http://h/v1#speed=9", "--lake", str(lake.root))
    code, said = ualm("corpus", "captions", *words)
    assert (code, "options are answer_bytes" in said) == (2, True)
    assert "training the embedded judge" not in said


def test_a_captioner_without_a_known_licence_is_told_of(lake, recipe):
    with FaultyServer() as server:
        words = ("--captioner", f"openai:m@{server.url}", "--recipe", recipe)
        code, said = ualm("corpus", "captions", *words, "--lake", str(lake.root))
    assert code == 0
    assert "state it with --captioner-licence" in said
    assert re.search(r"rows in 4 = \d produced", said)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--captioner", "openai:m"], "expected a model on a server such as openai:"),
        (["--captioner", "openai:m@http://u:pw@h/v1"], "give the key in an environment variable"),
        (["--captioner", "openai:m@http://h/v1#speed=9"], "options are answer_bytes, attempts"),
        (["--recipe", "eta"], "expected a recipe of etta, audiosetcaps or a TOML file"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(lake, words, told):
    code, said = ualm("corpus", "captions", *words, "--lake", str(lake.root))
    assert code == 2
    assert told in said
    assert "pw" not in said


def test_checks_reject_what_a_model_got_wrong_and_report_what_a_person_wrote(lake):
    put(lake, "clips", [clip("c1")], root="b-00000")
    texts = {
        "good": ("A dog barks twice", "pseudo"),
        "leak": ("Sure, here is the caption: a dog barks", "pseudo"),
        "mark": ("**Rain** falls on a roof (0.93)", "pseudo"),
        "foreign": ("Ein Hund bellt laut im Hof, während es regnet.", "pseudo"),
        "person": ("Caption: rain falls on a roof", "human"),
        "short": ("Rain", "human"),
        "title": ("dog_bark_01.wav", "title"),
    }
    rows = [caption("c1", text, kind, name) for name, (text, kind) in texts.items()]
    put(lake, "captions", rows, root="b-00000")
    code, said = ualm("corpus", "caption-checks", "--no-events", "--lake", str(lake.root))
    assert (code, "events are not checked, as --no-events says" in said) == (0, True)
    assert "rows in 7 = 4 produced, 1 language, 1 leaked_prompt, 1 markup" in said
    verdicts = {row["row_id"]: row for row in read(lake, "decisions")}
    assert {name: row["keep"] for name, row in verdicts.items()} == {
        "leak": False,
        "mark": False,
        "foreign": False,
        "person": True,
        "short": True,
    }
    assert verdicts["mark"]["evidence"] == "markup: **Rain**; probability: (0.93)"
    assert (verdicts["short"]["value"], verdicts["short"]["threshold"]) == (1.0, 2.0)
    (shard,) = lake.shards("decisions")
    assert shard.slot == "caption-checks.ingest.b-00000"
    languages = {row["caption_id"]: row["text"] for row in read(lake, "caption_measures")}
    assert (languages["foreign"], languages["good"], len(languages)) == ("de", "en", 6)


def test_checks_flag_events_that_the_judge_does_not_hear(lake, tmp_path):
    root = lake.shards("audio")[0].root
    (clip_id,) = {row["clip_id"] for row in read(lake, "clips")[:1]}
    put(lake, "captions", [caption(clip_id, "A bell and barking dogs", "pseudo", "k")], root=root)
    rules = tmp_path / "rules.toml"
    rules.write_text('event_threshold = 0.9999\nreject = ["events"]\n', encoding="utf-8")
    code, said = ualm("corpus", "caption-checks", "--rules", str(rules), "--lake", str(lake.root))
    assert code == 0
    assert "checked against embedded:scene-judge@" in said
    (verdict,) = read(lake, "decisions")
    assert (verdict["keep"], verdict["reason"]) == (False, "events")
    assert verdict["evidence"] in {"events: bell", "events: dog barks"}
    assert 0 < verdict["value"] < verdict["threshold"] == 0.9999


def test_events_cannot_be_checked_without_a_judge(tmp_path):
    lake = Lake.create(tmp_path / "bare")
    code, said = ualm("corpus", "caption-checks", "--events", "--lake", str(lake.root))
    assert (code, "ualm evaluate judge" in said) == (2, True)
    code, said = ualm("corpus", "caption-checks", "--lake", str(lake.root))
    assert (code, "expected captions" in said) == (2, True)


def test_checks_without_a_judge_say_why_no_event_is_checked_and_what_would(tmp_path):
    lake = Lake.create(tmp_path / "bare")
    put(lake, "clips", [clip("c1")], root="b-00000")
    put(lake, "captions", [caption("c1", "A dog barks twice")], root="b-00000")
    code, said = ualm("corpus", "caption-checks", "--lake", str(lake.root))
    assert (code, "rows in 1 = 1 produced" in said) == (0, True)
    assert "has no judge that could hear them: train one with `ualm evaluate judge --lake" in said


def test_wrong_rules_are_told(lake, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('reject = ["everything"]\n', encoding="utf-8")
    code, said = ualm("corpus", "caption-checks", "--rules", str(rules), "--lake", str(lake.root))
    assert (code, "reject.0: Input should be 'leaked_prompt', 'markup'" in said) == (2, True)
