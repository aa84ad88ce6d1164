import os
import sys
from pathlib import Path

import apache_beam as beam
import pytest

from pipelines.runners import EMBEDDED, pipeline


def listening_ports():
    sockets = {
        str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()
    }
    rows = [
        line.split()
        for protocol in ("tcp", "tcp6")
        for line in Path(f"/proc/self/net/{protocol}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_embedded_runner_stays_in_this_process_and_opens_no_port():
    with pipeline(EMBEDDED) as p:
        _ = p | beam.Create([1]) | beam.Map(_look)
    assert _seen == [(os.getpid(), [])]


_seen = []


def _look(_):
    _seen.append((os.getpid(), listening_ports()))


@pytest.mark.parametrize(
    "runner",
    [
        "DirectRunner",
        "directrunner",
        "Direct",
        "SwitchingDirectRunner",
        "DaskRunner",
        "dask",
        "apache_beam.runners.dask.dask_runner.DaskRunner",
    ],
)
def test_a_runner_that_loses_rows_is_refused_with_the_reason(runner):
    with pytest.raises(ValueError, match=rf"--runner {runner} is refused: it (runs|loses) .*"):
        pipeline(runner)


def test_beams_options_name_no_second_runner():
    with pytest.raises(ValueError, match="expected the runner before the `--`"):
        pipeline("FlinkRunner", ["--runner=DirectRunner"])


def test_another_runner_gets_its_own_options():
    p = pipeline("FlinkRunner", ["--flink_master=[local]"])
    options = p.options.get_all_options()
    assert (options["runner"], options["flink_master"]) == ("FlinkRunner", "[local]")
