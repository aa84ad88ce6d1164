"""The same steps on a runner of its own processes give the same files as the embedded one.

`make test-flink`, `make test-spark` and `make test-prism` run these: they start servers, so they
run in a network namespace of their own, and need a program that Maven or Go fetches.
"""

import os
import shutil
from dataclasses import dataclass

import pytest

from schemas.lake import Lake
from tests.clusters.jobs import ualm, worker_pool
from tests.places import DATA

STEPS = {
    "ingest": ("ingest", "folder", str(DATA / "clips.jsonl")),
    "encode": ("encode",),
    "fingerprint": ("fingerprint",),
    "dedup": ("dedup",),
}
"""Commands of `ualm corpus`, in order."""
ON_A_CLUSTER = {"dedup": ("--grouping", "beam")}
"""What a cluster is told more: to bring rows together by its own GroupByKey."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A runner that needs a program of its own."""

    name: str
    variable: str
    """Environment variable with the program's path, set by the Makefile."""
    options: tuple[str, ...]
    """Beam's options, `{program}` for the program."""


FLINK = Runner(
    name="FlinkRunner",
    variable="UALM_FLINK_JOB_SERVER",
    options=("--flink_job_server_jar={program}", "--flink_master=[local]", "--parallelism=2"),
)
SPARK = Runner(
    name="SparkRunner",
    variable="UALM_SPARK_JOB_SERVER",
    options=("--spark_job_server_jar={program}", "--spark_master_url=local[2]"),
)
PRISM = Runner(name="PrismRunner", variable="UALM_PRISM", options=("--prism_location={program}",))
RUNNERS = [
    pytest.param(FLINK, id="flink", marks=pytest.mark.flink),
    pytest.param(SPARK, id="spark", marks=pytest.mark.spark),
    pytest.param(PRISM, id="prism", marks=pytest.mark.prism),
]

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not DATA.is_dir(), reason="no real data in ../shared/data"),
]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    """A lake that the embedded runner made, step by step: {step: {table: names of its files}}."""
    lake = tmp_path_factory.mktemp("embedded") / "lake"
    return {step: after(step, lake) for step in STEPS}


def after(step, lake, *options):
    command, *rest = STEPS[step]
    more = ON_A_CLUSTER.get(step, ()) if options else ()
    ualm("corpus", command, *rest, "--lake", str(lake), *more, *options)
    return files(lake)


def files(lake):
    """Return names of the live files; a name holds the digests of input and of content."""
    opened = Lake.open(lake)
    return {
        table: sorted(shard.path.name for shard in opened.shards(table))
        for table in opened.versions()
    }


def options_of(runner, environment):
    program = os.environ.get(runner.variable)
    if not program:
        pytest.skip(f"{runner.variable} is not set: run make test-{runner.name[:5].lower()}")
    given = [option.format(program=program) for option in runner.options]
    return ["--runner", runner.name, "--", *given, *environment]


@pytest.mark.parametrize("runner", RUNNERS)
def test_two_workers_of_a_pool_make_the_files_of_the_embedded_runner(runner, tmp_path, request):
    options_of(runner, [])  # skips before anything is made
    embedded = request.getfixturevalue("embedded")
    lake = tmp_path / "lake"
    with worker_pool(tmp_path / "pool.log") as address:
        workers = [f"--environment_config={address}", "--sdk_worker_parallelism=2"]
        options = options_of(runner, ["--environment_type=EXTERNAL", *workers])
        for step, expected in embedded.items():
            assert after(step, lake, *options) == expected, step
    assert "are as declared" in ualm("table", "verify", "--lake", str(lake))


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_command_itself_can_be_the_worker(runner, tmp_path, request):
    options = options_of(runner, ["--environment_type=LOOPBACK"])
    embedded = request.getfixturevalue("embedded")
    lake = tmp_path / "lake"
    assert after("ingest", lake, *options) == embedded["ingest"]
    shutil.rmtree(lake)
