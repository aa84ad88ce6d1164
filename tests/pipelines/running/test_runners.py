import os
import sys
from pathlib import Path

import apache_beam as beam
import pytest

from pipelines.running.runners import EMBEDDED, pipeline


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


@pytest.mark.parametrize("runner", [EMBEDDED, "FlinkRunner"])
def test_a_word_in_the_wrong_place_is_no_option_of_beam(runner):
    with pytest.raises(ValueError, match=r"expected nothing but options, got rules\.toml;"):
        pipeline(runner, ["--parallelism", "2", "rules.toml"])


def test_options_of_beam_without_a_runner_are_not_ignored():
    with pytest.raises(ValueError, match="takes no options of Beam, got --flink_master; name the"):
        pipeline(EMBEDDED, ["--flink_master=[local]"])


def test_another_runner_gets_its_own_options(tmp_path):
    (tmp_path / "job-server.jar").touch()
    jar = f"--flink_job_server_jar={tmp_path}/job-server.jar"
    p = pipeline("FlinkRunner", ["--flink_master=[local]", jar])
    options = p.options.get_all_options()
    assert (options["runner"], options["flink_master"]) == ("FlinkRunner", "[local]")


PROGRAMS = [
    ("FlinkRunner", "--flink_job_server_jar"),
    ("SparkRunner", "--spark_job_server_jar"),
    ("PrismRunner", "--prism_location"),
]


@pytest.mark.parametrize(("runner", "option"), PROGRAMS)
def test_a_runner_whose_program_is_not_named_is_refused_before_beam_would_fetch_it(runner, option):
    with pytest.raises(ValueError, match=rf"expected {option}=PATH .* but it is missing; nothing"):
        pipeline(runner)


@pytest.mark.parametrize(("runner", "option"), PROGRAMS)
def test_a_program_that_is_not_there_is_named(runner, option, tmp_path):
    for given in ([f"{option}={tmp_path}/none"], [option, f"{tmp_path}/none"]):
        with pytest.raises(ValueError, match=f"there is no file {tmp_path}/none"):
            pipeline(runner, given)


@pytest.mark.parametrize(("runner", "option"), PROGRAMS)
def test_a_program_in_place_or_a_running_server_is_enough(runner, option, tmp_path):
    (tmp_path / "program").touch()
    for given in ([f"{option}={tmp_path}/program"], ["--job_endpoint=localhost:8099"]):
        assert pipeline(runner, given).options.get_all_options()["runner"] == runner
