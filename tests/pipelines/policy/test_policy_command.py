"""`ualm corpus policy`, `yield` and the corpus file: what people read."""

import json

import pytest
from typer.testing import CliRunner

from pipelines.corpus.entries.entry import Running
from pipelines.corpus.run import read_corpus, run_corpus, running_from
from pipelines.policy.step import applied_policy
from tests.pipelines.policy.lakes import caption, clip, decided, lake_of, name_id
from ualm.cli import app

OWN = """
name = "own"
[licence]
allow = ["attribution", "non-commercial"]
"""


@pytest.fixture
def lake(tmp_path):
    rows = [clip("a"), clip("b", licence="CC BY-NC 4.0"), clip("c", licence="ask me")]
    return lake_of(tmp_path / "lake", *rows, captions=[caption("a"), caption("b")])


def invoke(*told):
    return CliRunner().invoke(app, ["corpus", *map(str, told)])


@pytest.mark.slow
def test_the_policy_is_applied_and_unknown_licences_are_listed(lake):
    done = invoke("policy", "--lake", lake.root)
    assert done.exit_code == 0
    assert "rows in 8 = 4 produced, 2 licence, 2 unknown_licence" in done.output
    assert "unknown licences; say what they mean under [licence.spellings]:" in done.output
    assert "  'ask me': 2 rows" in done.output
    assert applied_policy(lake).name == "commercial"


def test_a_source_that_only_the_policy_knows_is_told_because_it_may_be_a_slip(lake, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(f'{OWN}[sources]\ninclude = ["test", "tset"]\n', encoding="utf-8")
    done = invoke("policy", "--policy", path, "--lake", lake.root)
    assert done.exit_code == 0
    assert "the policy names sources that the lake does not have: tset\n" in done.output


def test_the_effective_policy_is_shown_without_a_lake(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    done = invoke("policy", "--policy", path, "--show")
    assert done.exit_code == 0
    assert 'missing_measure = "refuse"' in done.output
    assert 'text_allow = ["attribution", "non-commercial"]' in done.output
    assert "# min_bandwidth_hz is not asked" in done.output


def test_a_dry_run_decides_nothing_and_is_not_remembered(lake):
    done = invoke("policy", "--lake", lake.root, "--dry-run")
    assert done.exit_code == 0
    assert "policy: 1 shard, 0 done before; to run: 8 rows" in done.output
    assert lake.version("decisions") == -1
    assert applied_policy(lake) is None


def test_what_is_missing_is_one_clear_line(tmp_path, lake):
    done = invoke("policy")
    assert done.exit_code == 2
    assert "expected --lake LAKE" in done.stderr
    done = invoke("policy", "--policy", tmp_path / "none.toml", "--lake", lake.root)
    assert done.exit_code == 2
    assert "expected a policy file or one of commercial, research" in done.stderr


@pytest.mark.slow
def test_a_corpus_file_applies_a_policy_beside_it(lake, tmp_path):
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    corpus = tmp_path / "corpus.toml"
    corpus.write_text('[[steps]]\nstep = "policy"\npolicy = "own.toml"\n', encoding="utf-8")
    running = running_from(corpus, Running())
    (summary,) = run_corpus(read_corpus(corpus), lake, running)
    assert not summary.failed
    assert applied_policy(lake).name == "own"
    assert ("clips", name_id("clip", "c")) in decided(lake)
    assert ("clips", name_id("clip", "b")) not in decided(lake)


def test_yield_prints_tables_and_json_of_the_policy_that_is_asked(lake):
    done = invoke("yield", "--policy", "research", "--lake", lake.root, "--by-source")
    assert done.exit_code == 0
    assert "all sources, policy research: 2 of 3 clips" in done.output
    assert "source test, policy research" in done.output
    assert "what each rule costs" in done.output
    told = json.loads(invoke("yield", "--lake", lake.root, "--json").output)
    assert told["policy"]["name"] == "commercial"
    assert told["sources"]["all"]["kept"] == {"clips": 1, "hours": 0.0028, "captions": 1}


def test_a_yield_of_nothing_is_an_error(tmp_path):
    empty = lake_of(tmp_path / "empty")
    done = invoke("yield", "--lake", empty.root)
    assert done.exit_code == 2
    assert "expected clips in" in done.stderr
