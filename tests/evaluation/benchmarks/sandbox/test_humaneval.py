import pytest

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.readers.humaneval import canonical_solutions
from evaluation.benchmarks.sandbox.apart import Apart, run_apart
from evaluation.benchmarks.sandbox.humaneval import (
    completion_named,
    entry_point,
    first_block,
    humaneval_program,
    score_humaneval,
    strictly,
    until_fence,
    until_stop,
)
from evaluation.benchmarks.sandbox.limits import Limits
from evaluation.benchmarks.sandbox.program import run_program, run_programs
from schemas.benchmarks import Item
from tests.places import DATA

HUMANEVAL = DATA / "benchmarks/humaneval/HumanEval.jsonl.gz"
TEST = """
def check(candidate):
    assert candidate(2) == 4
    assert helper(candidate(3)) == 10
    assert isinstance(candidate(5), int) and abs(candidate(-1)) == 1
check(square)"""
ITEM = Item(
    item_id="i",
    dataset_id="d",
    source_id="square",
    question='def helper(x):\n    return x + 1\n\ndef square(x):\n    """Square."""\n',
    choices=[],
    answer=TEST,
)
RIGHT = "    return x * x\n"
EQUAL = """    class Yes(int):
        __eq__ = lambda self, other: True
        __add__ = __abs__ = lambda self, *others: self
    return Yes()
"""
BUILTIN = """    return 4

import builtins
builtins.isinstance = lambda *words: True
builtins.abs = lambda number: 1
helper = lambda number: 10
"""
FORGER = """    import os, sys
    frame = sys._getframe()
    while "proof" not in frame.f_locals:
        frame = frame.f_back
    os.write(frame.f_locals["verdict"], b"passed " + frame.f_locals["proof"])
    os._exit(0)
"""
POSER = """    import inspect
    class Asks:
        def __eq__(self, other):
            return True
        def __add__(self, other):
            return self
        def __abs__(self):
            return self
        __class__ = int
    return Asks()
"""
HANGS = """    while "check" not in globals():
        pass
    return x * x
"""
TABLE = {
    "right": (RIGHT, 1.0, 1.0, "passed"),
    "right, with an iterator": ("    return next(iter([x * x]))\n", 1.0, 1.0, "passed"),
    "wrong": ("    return x + 2\n", 0.0, 0.0, "failed"),
    "empty": ("", 0.0, 0.0, "failed"),
    "no program": ("The answer is 4.", 0.0, 0.0, "failed"),
    "leaves": ("    import os; os._exit(0)\n", 0.0, 0.0, "crashed"),
    "always equal": (EQUAL, 1.0, 0.0, "defeats_checker"),
    "always equal, no subclass": (POSER, 1.0, 0.0, "defeats_checker"),
    "patched builtins": (BUILTIN, 1.0, 0.0, "defeats_checker"),
    "forged": (FORGER, 1.0, 0.0, "defeats_checker"),
    "hangs when it is asked apart": (HANGS, 1.0, 0.0, "unconfirmed"),
}


@pytest.fixture(scope="module")
def verdicts(tools):  # noqa: ARG001 (or a skip)
    answers = [completion for completion, *_ in TABLE.values()]
    scored = score_humaneval([ITEM] * len(answers), answers, workers=2, limits=Limits(seconds=1.5))
    return dict(zip(TABLE, scored, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLE)
def test_an_answers_verdict_follows_the_reference_and_the_strict_one_its_values(name, verdicts):
    completion, value, strict, status = TABLE[name]
    verdict = verdicts[name]
    assert (verdict.value, verdict.parse_status, verdict.parsed) == (value, status, completion)
    assert strictly(verdict).value == strict


@pytest.mark.usefixtures("tools")
def test_outcomes_come_in_the_order_of_the_programs():
    programs = [f"assert {number}" for number in (0, 1, 0, 1, 1, 0, 0, 1, 1, 1)]
    told = [outcome.status for outcome in run_programs(iter(programs), workers=2)]
    assert told == ["passed" if program[-1] == "1" else "failed" for program in programs]


@pytest.mark.usefixtures("tools")
def test_a_program_runs_as_the_reference_runs_it():
    """An empty namespace: no `__main__`, no name of the harness; and the same hashes every time."""
    assert (
        run_program("if __name__ == '__main__': 1 / 0\nassert 'proof' not in globals()").detail
        == ""
    )
    assert run_program("x = 1\ndef f(): return x\nassert f() == 1").status == "passed"
    first, second = (run_program("assert 0, hash('text')").detail for _ in range(2))
    assert first == second


def test_the_program_is_prompt_completion_test_and_call():
    assert humaneval_program(ITEM, RIGHT) == f"{ITEM.question}{RIGHT}\n{TEST}"
    assert entry_point(ITEM) == "square"


def test_a_completion_ends_at_the_first_of_any_stop():
    body = "    return 1\n"
    for stop in ("\nclass A:", "\ndef g():", "\n# next", "\nif x:", "\nprint(1)"):
        assert until_stop(body + stop + "\nclass B:") == body
    assert until_stop("    if x:\n        return 1") == "    if x:\n        return 1"


def test_the_instruct_variant_keeps_what_stands_before_the_first_fence():
    assert until_fence("    return 1\n```\n```python\nno") == "    return 1\n"
    assert until_fence("```python\n    return 1\n```") == ""  # as lm-eval's
    assert first_block("```python\ndef f(): pass") == "def f(): pass"
    assert first_block("    return 1") == "    return 1"


def test_an_unknown_completion_and_an_item_without_a_call_are_refused():
    with pytest.raises(ValueError, match="among reference, lm-eval, lm-eval-instruct, first-block"):
        completion_named("best")
    with pytest.raises(ValueError, match=r"answer of HE/1 to end with check\(entry_point\)"):
        entry_point(Item(item_id="i", dataset_id="d", source_id="HE/1", question="", choices=[],
                         answer="assert 1"))  # fmt: skip


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.usefixtures("tools")
@pytest.mark.skipif(not HUMANEVAL.exists(), reason="needs ../shared/data")
def test_the_canonical_solutions_pass_164_of_164_strictly_too():
    items = read_benchmark("humaneval", HUMANEVAL).items
    solutions = canonical_solutions(HUMANEVAL)
    answers = [solutions[item.source_id] for item in items]
    limits = Limits(seconds=20.0)  # a busy machine is no reason to fail
    verdicts = list(score_humaneval(items, answers, workers=2, limits=limits))
    assert len(verdicts) == 164
    assert {verdict.parse_status for verdict in verdicts} == {"passed"}


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.usefixtures("tools")
@pytest.mark.skipif(not HUMANEVAL.exists(), reason="needs ../shared/data")
def test_an_object_that_equals_everything_passes_157_of_164_and_is_flagged():
    items = read_benchmark("humaneval", HUMANEVAL).items
    answers = [YES.format(name=entry_point(item)) for item in items]
    programs = [humaneval_program(*pair) for pair in zip(items, answers, strict=True)]
    told = [outcome.status == "passed" for outcome in run_programs(programs, workers=2)]
    assert sum(told) == 157
    some = slice(None, None, 10)
    verdicts = list(score_humaneval(items[some], answers[some], workers=2))
    assert [verdict.parse_status == "defeats_checker" for verdict in verdicts] == told[some]
    assert not any(strictly(verdict).value for verdict in verdicts)


YES = """    pass

class Yes:
    __eq__ = lambda self, other: True
    __sub__ = lambda self, other: 0
    __hash__ = None

def {name}(*args, **words):
    return Yes()
"""


@pytest.mark.parametrize(
    ("head", "status"), [("def f(x):\n", "passed"), ("def f(x)\n", "failed"), ("1 +", "failed")]
)
def test_a_head_that_does_not_compile_alone_concerns_its_own_item_only(head, status):
    test = "def check(candidate):\n    assert candidate(1) == 1\ncheck(f)\n"
    case = Apart(prompt=head, source="def f(x):\n    return x\n", test=test, entry_point="f")
    outcome = run_apart(case)
    assert outcome.status == status
    assert ("SyntaxError" in outcome.detail) == (status == "failed")
