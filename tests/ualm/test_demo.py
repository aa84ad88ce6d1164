from pathlib import Path

import pytest
import typer

from ualm.cli import app, main
from ualm.demo import commands

ROOT = typer.main.get_command(app)
DEMO = commands(Path("out"), Path("clips.jsonl"), "tiny")


@pytest.mark.parametrize("command", DEMO, ids=lambda command: " ".join(command[:3]))
def test_every_command_of_the_demonstration_can_be_typed(command):
    group, arguments = ROOT, list(command)
    while hasattr(group, "commands"):
        group = group.commands[arguments.pop(0)]
    context = group.make_context("ualm", arguments)
    assert context.params["lake"] == Path("out/lake")


def test_real_clips_are_read_before_the_corpus_is_run():
    assert [command[:3] for command in DEMO[:2]] == [
        ["corpus", "ingest", "folder"],
        ["corpus", "run", DEMO[1][2]],
    ]
    assert commands(Path("out"), None, "tiny") == DEMO[1:]


def test_the_demonstration_prints_each_command_and_stops_where_one_fails(
    tmp_path, monkeypatch, capsys
):
    sidecar = tmp_path / "none.jsonl"
    told = ["ualm", "demo", "--output", str(tmp_path / "out"), "--clips", str(sidecar)]
    monkeypatch.setattr("sys.argv", told)
    with pytest.raises(SystemExit) as stopped:
        main()
    printed = capsys.readouterr()
    assert stopped.value.code == 2
    assert f"[1] $ ualm corpus ingest folder {sidecar} --lake {tmp_path}/out/lake" in printed.out
    assert "[2]" not in printed.out
    assert "none.jsonl" in printed.err
