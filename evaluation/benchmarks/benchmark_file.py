"""A benchmark as read from its file: items, and what is wrong with them."""

from dataclasses import dataclass

from schemas.benchmarks import Dataset, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A defect of an item; the item stays, unless nothing can be asked with it."""

    source_id: str
    """The benchmark's own id of the item, or its line."""

    reason: str
    """`duplicate_id`, `answer_outside_choices`, `empty_choice`, `unreadable_row`, ..."""

    detail: str
    """What was found."""

    kept: bool
    """Whether the item is among the items all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkFile:
    """One split of one benchmark."""

    dataset: Dataset
    """Name, split, digest of the file's bytes, licence."""

    items: tuple[Item, ...]
    """Items in the order of the file."""

    findings: tuple[Finding, ...]
    """Defects in the order of the file."""

    known: str
    """What is known of the digest: `published`, `seen` or `unknown`."""
