"""docs/benchmarks.md says what the code does."""

import pytest

from evaluation.benchmarks.answer_files import PREDICTION_KEYS
from evaluation.benchmarks.known import BENCHMARKS
from evaluation.benchmarks.programs import program_scorers
from evaluation.benchmarks.prompts import presets
from evaluation.benchmarks.rules.named import RULES
from tests.evaluation.benchmarks.test_benchmark_command import STYLES
from tests.places import PROJECT

PAGE = (PROJECT / "docs/benchmarks.md").read_text(encoding="utf-8")
ROWS = {
    "gold": "the answer's text",
    "letter and gold": "`(B) text`",
    "sentence": "`The answer is text.`",
    "letter": "the letter alone",
    "restated": "all options, then the text",
    "first choice": "always the first choice",
    "longest choice": "always the longest choice",
}


@pytest.mark.parametrize("style", STYLES)
def test_the_page_prints_the_accuracy_of_each_fixed_style(style):
    printed = f"{STYLES[style][1] / 10:g}"
    assert f"| {ROWS[style]} | {printed} " in PAGE


@pytest.mark.parametrize("name", RULES)
def test_the_page_names_every_rule(name):
    assert f"`{name}`" in PAGE


def test_the_page_names_the_rules_that_run_programs():
    for name in ("humaneval@12d15a0", "humaneval-strict", "humaneval@12d15a0/first-block"):
        assert program_scorers([name])
        assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_page_has_each_benchmark_with_its_items_and_prompts(name):
    assert f"| {name} |" in PAGE
    assert f"{BENCHMARKS[name].sizes['test']:,}" in PAGE
    own = [preset for preset in presets().values() if name in preset.benchmarks]
    assert own
    assert all(f"| `{preset.name}` |" in PAGE for preset in own)


def test_the_page_names_the_keys_of_prediction_files():
    assert all(f"`{key}`" in PAGE for key in PREDICTION_KEYS)
