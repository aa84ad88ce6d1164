"""The benchmarks that can be read and scored, and how to read a file of one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmarks.benchmark_file import BenchmarkFile, Finding
from evaluation.benchmarks.readers.checks import checked
from evaluation.benchmarks.readers.digests import VERSIONS, benchmark_digest, known_as
from evaluation.benchmarks.readers.gsm8k import read_gsm8k
from evaluation.benchmarks.readers.humaneval import read_humaneval
from evaluation.benchmarks.readers.mmau import read_mmar, read_mmau
from evaluation.benchmarks.readers.mmlu import csv_files, read_mmlu, split_folders
from evaluation.benchmarks.readers.question import Question, RawFile
from schemas.benchmarks import Dataset, Item
from schemas.ids import content_id

SHOWN_SPLITS = frozenset({"train", "auxiliary_train", "dev", "val", "validation"})
"""Splits that examples come from. They are not asked, and nobody's answers are about them, unless
they are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark: what it is, how its files are read, what scores its answers."""

    name: str
    """Short name, as in `datasets.name`."""

    title: str
    """What it asks, in a few words."""

    licence: str | None
    """Licence as its publishers state it."""

    layouts: tuple[str, ...]
    """Files that can be read."""

    read: Callable[[Path], RawFile]
    """Reader of those files."""

    rules: tuple[str, ...]
    """Rules of texts that score its answers, the usual one first; none where programs are run."""

    sizes: Mapping[str, int]
    """Items of each split, as published."""

    guess: float | None
    """Accuracy of a random choice on the published test file; None if there is nothing to choose.
    `Item.choices` says it of the items at hand."""

    prompt_source: str
    """Where the prompt of the reference comes from."""


BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            name="mmau",
            title="questions about sound, music and speech, 2 to 8 choices",
            licence="Apache-2.0",
            layouts=(
                "mmau-test-mini.json, mmau-test.json: a list of objects",
                "gamma-lab-umd/MMAU-test-mini and lmms-lab/mmau as Parquet",
            ),
            read=read_mmau,
            rules=("mmau@110127f", "choice"),
            sizes={"test-mini": 1_000, "test": 9_000},
            guess=0.255425,
            prompt_source="Sakshi113/MMAU@110127f:README.md",
        ),
        Benchmark(
            name="mmar",
            title="questions about mixed sounds that take several steps, 2 to 4 choices",
            licence="CC-BY-NC-4.0",
            layouts=(
                "MMAR-meta.jsonl, MMAR-meta.json: objects",
                "Parquet of the same columns",
            ),
            read=read_mmar,
            rules=("mmar@main", "choice"),
            sizes={"test": 1_000},
            guess=0.29335,
            prompt_source="ddlBoJack/MMAR:README.md",
        ),
        Benchmark(
            name="mmlu",
            title="exam questions in 57 subjects, 4 choices",
            licence="MIT",
            layouts=(
                "a folder of SUBJECT_test.csv without headers, or one such file",
                "Parquet with question, subject, choices and answer from 0",
            ),
            read=read_mmlu,
            rules=(
                "mmlu-letter",
                "mmlu-generative@lm-eval-0.4.9.2",
                "mmlu-generative@lm-eval-36512eb",
                "mmlu-flan-strict@lm-eval-v3",
                "mmlu-flan-flexible@lm-eval-v3",
                "choice",
            ),
            sizes={"dev": 285, "validation": 1_531, "test": 14_042},
            guess=0.25,
            prompt_source="hendrycks/test:evaluate.py",
        ),
        Benchmark(
            name="gsm8k",
            title="word problems whose answer is a number",
            licence="MIT",
            layouts=(
                "test.jsonl: question and answer",
                "Parquet of the same columns",
            ),
            read=read_gsm8k,
            rules=(
                "gsm8k-strict@lm-eval-v3",
                "gsm8k-flexible@lm-eval-v3",
                "gsm8k-openai@2909d34",
                "numeric",
            ),
            sizes={"train": 7_473, "test": 1_319},
            guess=None,
            prompt_source="EleutherAI/lm-evaluation-harness:lm_eval/tasks/gsm8k/gsm8k.yaml",
        ),
        Benchmark(
            name="humaneval",
            title="Python functions to complete, judged by running their tests",
            licence="MIT",
            layouts=(
                "HumanEval.jsonl.gz, HumanEval.jsonl",
                "Parquet of the same columns",
            ),
            read=read_humaneval,
            rules=(),
            sizes={"test": 164},
            guess=None,
            prompt_source="openai/human-eval:data/HumanEval.jsonl.gz",
        ),
    )
}


def benchmark_named(name: str) -> Benchmark:
    """Return a benchmark by its short name.

    Raises:
        ValueError: If there is none of this name.
    """
    if name not in BENCHMARKS:
        msg = f"expected one of {', '.join(BENCHMARKS)}, got {name!r}"
        raise ValueError(msg)
    return BENCHMARKS[name]


def read_benchmark(name: str, path: Path) -> BenchmarkFile:
    """Read one split of a benchmark from its file, or from its folder of files.

    Args:
        name: mmau, mmar, mmlu, gsm8k or humaneval.
        path: A file in one of the benchmark's layouts.

    Raises:
        ValueError: If the benchmark is unknown, or the file is not there or has another layout.
        OSError: If it cannot be read.
    """
    benchmark = benchmark_named(name)
    if not path.exists():
        msg = f"expected questions of {name} at {path} ({'; or '.join(benchmark.layouts)}), "
        msg += "found nothing"
        raise ValueError(msg)
    raw = benchmark.read(path)
    questions, defects = checked(raw.questions)
    files = csv_files(path) if path.is_dir() else [path]
    digest = benchmark_digest(files)
    dataset = Dataset(
        dataset_id=content_id("dataset", name, digest),
        name=name,
        split=raw.split,
        digest=digest,
        items=len(questions),
        licence=benchmark.licence,
        version=VERSIONS.get(digest),
    )
    findings: tuple[Finding, ...] = (*raw.findings, *defects)
    return BenchmarkFile(
        dataset=dataset,
        items=tuple(_item(dataset.dataset_id, question) for question in questions),
        findings=findings,
        known=known_as(files),
    )


def read_splits(name: str, path: Path) -> list[BenchmarkFile]:
    """Read every split that a path holds: MMLU's folders `dev`, `val` and `test`, else one file.

    Raises:
        ValueError: As `read_benchmark`.
        OSError: As `read_benchmark`.
    """
    benchmark_named(name)
    paths = split_folders(path) if path.is_dir() else [path]
    return [read_benchmark(name, own) for own in paths]


def _item(dataset_id: str, question: Question) -> Item:
    return Item(
        item_id=content_id("item", dataset_id, question.source_id),
        dataset_id=dataset_id,
        source_id=question.source_id,
        question=question.question,
        choices=list(question.choices),
        answer=question.answer,
        category=question.category,
        audio=question.audio,
        group=question.audio,
        subject=question.subject,
        difficulty=question.difficulty,
        modality=question.modality,
        answer_index=question.answer_index,
    )
