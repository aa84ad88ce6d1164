import json

import pytest
from typer.testing import CliRunner

from pipelines.corpus.entries.entry import Running
from pipelines.corpus.run import read_corpus, run_corpus, running_from
from schemas.lake import Lake
from tests.places import DATA
from ualm.cli import app

STEPS = '\n[[steps]]\nstep = "rich-captions"\n\n[[steps]]\nstep = "prompts"\n'


def corpus_file(folder, source, given, more=""):
    path = folder / "corpus.toml"
    path.write_text(f'[[steps]]\nstep = "ingest"\nsource = "{source}"\ninput = "{given}"\n{more}')
    return path


def planned(*arguments):
    result = CliRunner().invoke(app, ["corpus", "plan", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


def made(path, lake):
    """Return {table: (rows, bytes)} of a corpus that is made whole."""
    whole = Lake.create(lake)
    for summary in run_corpus(read_corpus(path), whole, running_from(path, Running())):
        assert not summary.failed
    shards = {table: whole.shards(table) for table in whole.versions()}
    return {
        table: (sum(s.rows for s in some), sum(s.size for s in some))
        for table, some in shards.items()
        if some
    }


def compared(path, tmp_path, sample):
    """Return {table: (rows, bytes) foretold over those made} and the same of all bytes."""
    found = json.loads(planned(path, "--sample", sample, "--json").stdout)
    truth = made(path, tmp_path / "lake")
    assert set(found["tables"]) == set(truth)
    ratios = {
        table: (found["tables"][table]["rows"][0] / rows, found["tables"][table]["bytes"][0] / size)
        for table, (rows, size) in truth.items()
        if rows >= 90  # a handful of refusals is no base for a share
    }
    return ratios, found["bytes"] / sum(size for _, size in truth.values())


@pytest.mark.slow
def test_nine_scenes_foretell_the_rows_of_a_hundred_and_their_bytes_within_a_fifth(tmp_path):
    path = corpus_file(tmp_path, "scenes", "100", STEPS)
    ratios, held = compared(path, tmp_path, 10)
    assert {"recordings", "clips", "captions", "audio", "rich_captions", "prompts"} <= set(ratios)
    assert [rows for rows, _ in ratios.values()] == pytest.approx([1.0] * len(ratios), rel=0.03)
    assert held == pytest.approx(1.0, rel=0.2)


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="no real data in ../shared/data")
def test_thirty_real_clips_foretell_the_rows_and_bytes_of_three_hundred_within_a_tenth(tmp_path):
    ratios, held = compared(corpus_file(tmp_path, "folder", DATA / "clips.jsonl"), tmp_path, 30)
    assert [rows for rows, _ in ratios.values()] == pytest.approx([1.0] * len(ratios), rel=0.1)
    assert ratios["audio"][1] == pytest.approx(1.0, rel=0.1)
    assert held == pytest.approx(1.0, rel=0.1)


@pytest.mark.slow
def test_a_plan_is_printed_and_leaves_the_lake_that_it_takes_weights_from_as_it_was(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    path = corpus_file(tmp_path, "scenes", "12")
    before = sorted(lake.root.rglob("*"))
    result = planned(path, "--rows", 5_000_000, "--workers", 8, "--lake", lake.root)
    assert sorted(lake.root.rglob("*")) == before
    assert "5,000,000 items in" in result.stdout
    assert "8 workers, from a sample of 12" in result.stdout


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('step = "rich-captions"', "got 0 and 0"),
        ('step = "ingest"\nsource = "scenes"\ninput = "3"', "got 3 and 3"),
    ],
)
def test_a_corpus_with_too_little_to_sample_is_refused(tmp_path, given, message):
    path = tmp_path / "corpus.toml"
    path.write_text(f"[[steps]]\n{given}\n")
    result = CliRunner().invoke(app, ["corpus", "plan", str(path)])
    assert result.exit_code == 2
    assert message in result.stderr
