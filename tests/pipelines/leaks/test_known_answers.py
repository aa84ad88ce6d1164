"""What is known of published sets, found again by the product's own commands."""

import json

import pytest
from typer.testing import CliRunner

from tests.places import DATA
from ualm.cli import app

CAPTIONS = DATA / "captions"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data"),
]


def ualm(*arguments):
    result = CliRunner().invoke(app, ["corpus", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def ingested(lake, source, folder, subset=None):
    part = () if subset is None else ("--subset", subset)
    ualm("ingest", source, folder, *part, "--texts-only", "--lake", lake)


def leaks(lake, *against, read_captions=False):
    options = [word for one in against for word in ("--against", one)]
    options += ["--read-captions"] if read_captions else []
    rows = json.loads(ualm("decontaminate", *options, "--near", 1, "--json", "--lake", lake))
    return {(row["evaluation_set"], row["how"]): row for row in rows}


def test_audiocaps_train_and_test_share_no_video_but_271_captions(tmp_path):
    lake = tmp_path / "lake"
    ingested(lake, "audiocaps", CAPTIONS / "audiocaps", "train")
    found = leaks(lake, f"audiocaps:test={CAPTIONS / 'audiocaps'}")
    videos, captions = found["audiocaps:test", "original"], found["audiocaps:test", "caption"]
    assert (videos["comparable"], videos["rows_hit"]) == (975, 0)
    assert (captions["matched"], captions["rows_hit"], captions["rows_dropped"]) == (271, 1564, 0)


def test_wavcaps_blacklist_bars_957_of_975_test_clips_of_audiocaps(tmp_path):
    lake = tmp_path / "lake"
    ingested(lake, "audiocaps", CAPTIONS / "audiocaps", "test")
    found = leaks(lake, f"blacklist={CAPTIONS / 'wavcaps/blacklist_exclude_test_ac.json'}")
    row = found["blacklist", "original"]
    assert (row["rows_hit"], row["rows_dropped"], row["items_hit"]) == (957, 957, 957)


def test_musiccaps_holds_2858_clips_of_audiosets_evaluation_and_no_question(tmp_path):
    lake, benchmarks = tmp_path / "lake", DATA / "benchmarks"
    ingested(lake, "musiccaps", CAPTIONS / "musiccaps")
    found = leaks(
        lake,
        f"audioset:eval={CAPTIONS / 'audioset'}",
        f"gsm8k={benchmarks / 'gsm8k/test.jsonl'}",
        f"humaneval={benchmarks / 'humaneval/HumanEval.jsonl.gz'}",
        f"mmlu={benchmarks / 'mmlu/test'}",
        read_captions=True,
    )
    row = found.pop(("audioset:eval", "original"))
    assert (row["rows_hit"], row["rows_dropped"], row["items_hit"]) == (2858, 2858, 2858)
    assert {how for _, how in found} == {"passage", "passage_other_numbers"}
    assert {name: row["rows_hit"] for name, row in found.items()} == dict.fromkeys(found, 0)
