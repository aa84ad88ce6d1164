"""Score a million answers with each rule of texts: seconds, and the process's own peak.

Each rule is measured in a process of its own, over answers to made questions that vary in style
and length. The goal is under 60 s and 2 GiB for each.

    .venv/bin/python -m bench.rules
    .venv/bin/python -m bench.rules --rule choice --answers 100000
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from evaluation.benchmarks.rules.named import RULES
from schemas.benchmarks import Item

QUESTIONS = 14_042
"""As many as MMLU's, so that what rules keep of each question is counted."""

_REASONING = (
    "The recording begins with {1} and a low hum. At first it could be {0}, but the pitch rises "
    "steadily, which rules out {2}. There are 16 eggs a day, 3 are eaten and 4 are baked, so "
    "16 - 3 - 4 = 9 are left, and 9 * 2 = 18 dollars are made.\n"
)
_ENDINGS = (
    "({letter}) {answer}",
    "The answer is {answer}.",
    "The answer is ({letter}).",
    "{letter}",
    "{0}, {1}, {2}, {3}. {answer}",
    "#### 18.00",
    "So she makes $18 (step 3).",
    "Not {2}.\n{answer}",
)


def main() -> None:
    """Measure one rule in this process, or each in a process of its own."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rule", choices=sorted(RULES))
    options.add_argument("--answers", type=int, default=1_000_000)
    chosen = options.parse_args()
    if chosen.rule:
        print(_measured(chosen.rule, chosen.answers), flush=True)
        return
    for name in RULES:
        command = [sys.executable, "-m", "bench.rules", "--rule", name]
        subprocess.run([*command, "--answers", str(chosen.answers)], check=True)  # noqa: S603


def _measured(name: str, answers: int) -> str:
    score = RULES[name].score
    items = [_item(number, name) for number in range(QUESTIONS)]
    texts = [_text(items[number], number) for number in range(QUESTIONS)]
    start, busy = time.perf_counter(), time.process_time()
    right = sum(
        score(items[number % QUESTIONS], texts[number % QUESTIONS]).value
        for number in range(answers)
    )
    took, busy = time.perf_counter() - start, time.process_time() - busy
    return (
        f"{name}: {answers:,} answers in {took:.1f} s ({busy:.1f} s of one core, "
        f"{answers / took:,.0f} a second), "
        f"peak {_peak_mib():,.0f} MiB, {right / answers:.3f} right"
    )


def _peak_mib() -> float:
    """Return the most memory that this process has held."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def _item(number: int, rule: str) -> Item:
    choices = [f"{word} {number}" for word in ("a dog barking", "Woman", "red car", "A quiet sea")]
    return Item(
        item_id=str(number),
        dataset_id="made",
        source_id=str(number),
        question="Which sound is it?",
        choices=choices,
        answer="#### 18" if "gsm8k" in RULES[rule].benchmarks else choices[number % 4],
        answer_index=number % 4,
    )


def _text(item: Item, number: int) -> str:
    ending = _ENDINGS[number % len(_ENDINGS)].format(
        *item.choices, letter="ABCD"[number % 4], answer=item.choices[number % 4]
    )
    return (_REASONING.format(*item.choices) if number % 3 else "") + ending


if __name__ == "__main__":
    main()
