import json

import pytest
from typer.testing import CliRunner

from evaluation.weights.cli import weights
from evaluation.weights.entries import ENTRIES
from tests.evaluation.weights.conftest import CONTENT, sha256
from tests.evaluation.weights.file_server import says, serving


def run(*arguments):
    return CliRunner().invoke(weights, [str(argument) for argument in arguments])


def said(result):
    """Return what was said on standard error, as one line."""
    return " ".join(result.stderr.split())


def test_the_list_shows_every_entry_and_the_store(store):
    result = run("ls")
    assert result.exit_code == 0
    for name in ENTRIES:
        assert name in result.stdout
    assert "327.4 MB" in result.stdout
    assert f"store: {store}" in result.stdout


def test_the_list_is_json_on_request():
    entries = json.loads(run("ls", "--json").stdout)
    assert [entry["name"] for entry in entries] == list(ENTRIES)
    assert set(entries[0]) == {
        "name",
        "size",
        "state",
        "digest",
        "licence",
        "needed_by",
        "path",
        "source",
    }


def test_a_pull_prints_where_the_file_is(tiny, store):
    with serving(CONTENT) as server:
        tiny(server.url())
        result = run("pull", "tiny")
    assert result.exit_code == 0
    assert result.stdout == f"tiny: {store}/tiny/tiny.bin (sha256 {sha256(CONTENT).value})\n"


def test_one_pull_that_fails_does_not_keep_the_others_back(tiny):
    with serving(CONTENT) as server:
        tiny(server.url())
        result = run("pull", "nope", "tiny")
    assert result.exit_code == 2
    assert "expected one of the weights" in said(result)
    assert "tiny: " in result.stdout


@pytest.mark.parametrize("arguments", [(), ("tiny", "--all")], ids=["neither", "both"])
def test_a_pull_needs_names_or_all(arguments):
    result = run("pull", *arguments)
    assert result.exit_code == 2
    assert said(result) == "error: expected names of `ualm weights ls`, or --all"


def test_a_missing_file_is_one_line_and_exit_code_2(tiny):
    with serving(CONTENT, answers=[says(404)]) as server:
        tiny(server.url())
        result = run("pull", "tiny")
    assert result.exit_code == 2
    assert said(result).startswith("error: there is no tiny.bin at http://127.0.0.1")


def test_offline_is_one_line_and_exit_code_2(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = run("pull", "passt-s-ap476")
    assert result.exit_code == 2
    assert said(result) == (
        "error: HF_HUB_OFFLINE is set, so nothing is downloaded: bring the files of passt-s-ap476 "
        "from elsewhere and run `ualm weights add passt-s-ap476 FILE`, or set UALM_WEIGHTS_MIRROR "
        "to a folder of them"
    )


def test_all_means_every_entry(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = run("pull", "--all")
    assert result.exit_code == 2
    assert result.stderr.count("error: HF_HUB_OFFLINE") == len(ENTRIES)


def test_a_file_is_added_and_a_wrong_one_refused(tiny, tmp_path):
    tiny()
    given = tmp_path / "given"
    given.write_bytes(CONTENT[::-1])
    refused = run("add", "tiny", given)
    assert refused.exit_code == 2
    assert "--accept-digest" in said(refused)
    accepted = run("add", "tiny", given, "--accept-digest")
    assert accepted.exit_code == 0
    assert f"tiny.bin is NOT the published file, {sha256(CONTENT)}" in accepted.stdout
    assert "differs" in run("ls").stdout
    given.write_bytes(CONTENT)
    assert run("add", "tiny", given, "--link").exit_code == 0


def test_verifying_ends_with_1_on_a_finding(tiny, tmp_path, store):
    tiny()
    (tmp_path / "given").write_bytes(CONTENT)
    run("add", "tiny", tmp_path / "given")
    sound = run("verify")
    assert (sound.exit_code, sound.stdout) == (0, "files as recorded: 1, findings: 0\n")
    (store / "tiny" / "tiny.bin").write_bytes(b"x")
    changed = run("verify", "tiny")
    assert changed.exit_code == 1
    assert changed.stdout.startswith(f"changed: {store}/tiny/tiny.bin: expected {len(CONTENT)}")


def test_verifying_an_unknown_name_is_a_mistake():
    assert run("verify", "nope").exit_code == 2
