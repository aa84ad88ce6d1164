import json
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from pipelines.commands.corpus_run import run
from pipelines.commands.decontaminate import decontaminate
from pipelines.commands.options import BEAM_CONTEXT
from schemas.lake import Lake
from schemas.synthesis import Turn
from tests.pipelines.corpus_lake import conversation, corpus_lake, put, read

app = typer.Typer()
for command in (decontaminate, run):
    app.command(context_settings=BEAM_CONTEXT)(command)


@pytest.fixture
def lake(tmp_path):
    made = corpus_lake(tmp_path / "lake")
    put(made, "conversations", [conversation("t1")])
    return made


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "mmau.json"
    item = {"id": "m", "audio_id": "m.wav", "question": "What is it?", "choices": ["A dog", "A"]}
    path.write_text(json.dumps([item]))
    return path


def ualm(lake, *words):
    arguments = [*map(str, words), "--lake", str(lake.root)]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_the_command_reads_compares_and_reports(lake, questions):
    result = ualm(lake, "decontaminate", "--against", f"mmau={questions}")
    assert result.exit_code == 0
    assert "evaluation-sets: 1 shard, 0 done before; rows in 1 = 1 produced" in result.output
    assert "decontaminate: 1 shard, 0 done before; rows in 3 = 3 produced" in result.output
    assert "1 of 1" in result.output
    told = json.loads(ualm(lake, "decontaminate", "--json").stdout)
    assert [(row["how"], row["rows_hit"]) for row in told] == [
        ("passage", 0),
        ("passage_other_numbers", 0),
    ]


def test_a_dry_run_reads_nothing_and_says_what_would_follow(lake, questions):
    result = ualm(lake, "decontaminate", "--dry-run", "--against", f"mmau={questions}")
    assert "to run: 1 rows" in result.output
    assert "would compare every row once these sets are read" in result.output
    assert read(lake, "evaluation_items") == []


def test_a_file_lists_sets_with_paths_from_its_own_folder(lake, questions):
    listed = questions.with_name("sets.toml")
    listed.write_text('[[sets]]\nname = "mini"\nkind = "mmau"\npath = "mmau.json"\n')
    assert ualm(lake, "decontaminate", "--sets", listed).exit_code == 0
    assert {row["evaluation_set"] for row in read(lake, "evaluation_items")} == {"mini"}


def test_a_corpus_file_may_compare_with_evaluation_sets(lake, questions):
    corpus = questions.with_name("corpus.toml")
    corpus.write_text(
        '[[steps]]\nstep = "decontaminate"\n'
        '[[steps.sets]]\nname = "mini"\nkind = "mmau"\npath = "mmau.json"\n'
    )
    assert ualm(lake, "run", corpus).exit_code == 0
    assert [s.slot for s in Lake(lake.root).shards("decisions")] == ["decontaminate.a-00000"]


def test_the_last_set_forgotten_lifts_its_verdicts(lake, questions):
    turns = [Turn(role="user", modality="text", text="What is it? A dog; a.")]
    put(lake, "conversations", [replace(conversation("t1"), turns=turns)])
    ualm(lake, "decontaminate", "--against", f"mmau={questions}")
    assert [row["keep"] for row in read(lake, "decisions")] == [False]
    told = ualm(lake, "decontaminate", "--forget", "mmau", "--dry-run").stdout
    assert told == "decontaminate: would forget mmau and compare every row again\n"
    assert [row["keep"] for row in read(lake, "decisions")] == [False]
    result = ualm(lake, "decontaminate", "--forget", "mmau")
    assert (result.exit_code, "nothing is barred for one" in result.stdout) == (0, True)
    assert read(lake, "decisions") == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "pass some, such as --against audiocaps:test=DIR"),
        (["--against", "mmau"], "expected KIND=PATH or KIND:SUBSET=PATH"),
        (["--against", "mmaus=x"], "expected a kind of evaluation set of"),
        (["--against", "mmau=nothing"], "expected a file or folder of mmau at nothing"),
        (["--against", "mmau:test=nothing"], "mmau has no subsets"),
        (["--against", "mmau=/dev"], "expected files of mmau at /dev: Is a directory"),
        (["--against", "ids=/dev/null"], "expected at least one item in /dev/null"),
        (["--against", "ids=a", "--against", "ids=b"], "evaluation sets of different names"),
        (["--sets", "none.toml"], "expected a file of evaluation sets at none.toml"),
        (["--forget", "x"], "which has none; got 'x'"),
        (["--forget", "x", "--dry-run"], "which has none; got 'x'"),
        (["--near", "0.2"], "from 0.6 to 1"),
    ],
)
def test_a_users_mistake_is_one_clear_line_and_exit_code_2(lake, words, complaint):
    result = ualm(lake, "decontaminate", *words)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[sets]]\nname = 'a'\nkind = 'ids'\n", "sets.0.path: Field required"),
        ("[[sets]]\nname = 'a'\nkind = 'ids'\npath = 'x'\nx = 1\n", "sets.0.x: no such key"),
        ("sets =", "expected TOML"),
    ],
)
def test_a_file_of_sets_that_is_none_says_where(lake, tmp_path, text, complaint):
    (tmp_path / "sets.toml").write_text(text)
    result = ualm(lake, "decontaminate", "--sets", tmp_path / "sets.toml")
    assert (result.exit_code, complaint in result.stderr) == (2, True)
