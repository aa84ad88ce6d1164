"""Ctrl-C while a server is silent: once waits for what is in flight, twice leaves at once."""

import signal
import subprocess
import sys

import pytest

from tests.faults.faulty_server import FaultyServer
from tests.pipelines.corpus_lake import corpus_lake
from tests.places import PROJECT

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_a_second_interruption_does_not_wait_for_a_silent_server(tmp_path):
    lake = corpus_lake(tmp_path)
    with FaultyServer(lambda _: "hold") as server:
        model = f"openai:m@{server.url}#concurrency=2&timeout_s=3600"
        run = "from ualm.cli import main; main()"
        asking = ["synth", "rich-captions", "--model", model, "--lake", str(lake.root)]
        running = subprocess.Popen(
            [sys.executable, "-c", run, *asking],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with server.changed:
            assert server.changed.wait_for(lambda: server.held >= 2, 120)
        running.send_signal(signal.SIGINT)
        said = ""
        while "Ctrl-C again leaves at once" not in said:
            line = running.stderr.readline()
            assert line, said
            said += line
        running.send_signal(signal.SIGINT)
        rest = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert "interrupted; finished shards are kept" in rest
    assert "Traceback" not in said + rest
