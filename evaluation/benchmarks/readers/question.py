"""What a reader makes of one row of a benchmark's file, before it has ids."""

from dataclasses import dataclass

from evaluation.benchmarks.benchmark_file import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its reference answer."""

    source_id: str
    """The benchmark's own id; its place in the file where it has none."""

    question: str
    """The question, or the head of a program."""

    answer: str
    """The reference answer: a choice's text, a worked solution, a test program."""

    choices: tuple[str, ...] = ()
    """Choices in order; none for an open question."""

    answer_index: int | None = None
    """Which choice is the answer; looked up by its text where the file gives no index."""

    category: str | None = None
    subject: str | None = None
    difficulty: str | None = None
    modality: str | None = None
    audio: str | None = None
    """Audio file as stated; items that share it are one group."""

    split: str | None = None
    """Split, where the row states one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """A file as its layout has it."""

    split: str
    """Split as stated in it or in its name; `unknown` if neither says."""

    questions: tuple[Question, ...]
    """Questions in the order of the file."""

    findings: tuple[Finding, ...] = ()
    """Rows that hold no question."""
