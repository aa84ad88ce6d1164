"""HumanEval's scorers: one run of each program, read by all of them."""

from contextlib import contextmanager

import pytest

from evaluation.benchmarks.programs import ProgramRuns, program_scorers
from evaluation.benchmarks.rules.rule import Verdict
from evaluation.benchmarks.sandbox.humaneval import strictly
from evaluation.benchmarks.sandbox.limits import SandboxError
from evaluation.benchmarks.sandbox.self_test import contained_tools
from tests.evaluation.benchmarks.benchmark_rows import item

TASK = item(
    "HumanEval/0",
    (),
    "def check(candidate):\n    assert candidate(2) == 4\n\ncheck(double)",
    question='def double(x):\n    """Double it."""\n',
)
RIGHT = "    return 2 * x\n"
FENCED = f"```python\ndef double(x):\n{RIGHT}```\nThat doubles it."
ALWAYS_EQUAL = "    return type('E', (), {'__eq__': lambda s, o: True})()\n"


@pytest.fixture(scope="module")
def sandbox():
    try:
        return contained_tools()
    except SandboxError as problem:
        pytest.skip(str(problem))


@pytest.mark.usefixtures("sandbox")
def test_each_scorer_reads_the_run_in_its_own_way():
    pairs = [(TASK, text) for text in (RIGHT, FENCED, ALWAYS_EQUAL)]
    values = {
        own.name: [verdict.value for verdict in own.judge(pairs)] for own in program_scorers(())
    }
    assert values == {
        "humaneval@12d15a0": [1.0, 0.0, 1.0],
        "humaneval-strict": [1.0, 0.0, 0.0],
        "humaneval@12d15a0/first-block": [1.0, 1.0, 1.0],
    }


@pytest.mark.usefixtures("sandbox")
def test_an_equal_program_runs_once():
    counted: list[int] = []

    @contextmanager
    def shown(_label, total):
        counted.append(total)
        yield lambda _: None

    runs = ProgramRuns(shown)
    pairs = [(TASK, RIGHT), (TASK, RIGHT)]
    assert [own.value for own in runs.verdicts(pairs, "reference")] == [1.0, 1.0]
    assert [own.value for own in runs.verdicts(pairs, "first-block")] == [1.0, 1.0]
    assert counted == [1, 0]


@pytest.mark.parametrize(
    ("status", "value"), [("passed", 1.0), ("defeats_checker", 0.0), ("unconfirmed", 0.0)]
)
def test_the_strict_scorer_wants_a_program_that_passes_apart_from_its_test(status, value):
    assert strictly(Verdict(value=1.0, parsed="x", parse_status=status)).value == value


def test_an_unknown_scorer_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"humaneval@12d15a0/lm-eval-instruct, .*humaneval-strict"):
        program_scorers(["pass"])
