"""Lists of class labels in columns: mended where brackets and quotes stray into them."""

import ast
from collections.abc import Mapping, Sequence

from pipelines.sources.listed import RowError
from pipelines.sources.source import Defect, Text

_STRAY = " \t\r\n[]'\"`"
"""Characters around a label that belong to a list's spelling, not to it."""


def mended(labels: Sequence[str]) -> tuple[list[str], tuple[Defect, ...]]:
    """Return labels without stray brackets and quotes, each once, blank ones left out.

    Args:
        labels: As they were between two commas.

    Example:
        >>> mended(["['Speech'", " 'Music']"])[0]
        ['Speech', 'Music']
    """
    clean = [label.strip(_STRAY) for label in labels]
    if clean == [label.strip() for label in labels]:
        return list(dict.fromkeys(filter(None, clean))), ()
    shown = ",".join(labels)[:80]
    detail = f"expected labels alone, got {shown!r}; brackets and quotes were taken off"
    return list(dict.fromkeys(filter(None, clean))), (
        Defect(reason="bad_labels", detail=detail, part="labels"),
    )


def listed_labels(text: str) -> tuple[list[str], tuple[Defect, ...]]:
    """Return the labels of a column that holds a Python list of texts.

    Example:
        >>> listed_labels("['slow tempo', 'male voice']")[0]
        ['slow tempo', 'male voice']
    """
    try:
        values = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return mended(text.split(","))
    if isinstance(values, list) and all(isinstance(value, str | int) for value in values):
        texts = [str(value).strip() for value in values]
        return list(dict.fromkeys(filter(None, texts))), ()
    return mended(text.split(","))


def named_labels(
    mids: Sequence[str], names: Mapping[str, str]
) -> tuple[list[str], tuple[Defect, ...]]:
    """Return the names of classes; an id without a name is left out and reported.

    Args:
        mids: Ids of classes, such as `/m/09x0r`.
        names: Name of each id.
    """
    found = [names[mid] for mid in mids if mid in names]
    unknown = [mid for mid in mids if mid not in names]
    return list(dict.fromkeys(found)), tuple(
        Defect(
            reason="unknown_label",
            detail=f"expected a class that the list of names has, got {mid[:40]!r}",
            part=mid[:40],
            decision="drop",
        )
        for mid in dict.fromkeys(unknown)
    )


def label_text(labels: Sequence[str], licence: str | None, model: str) -> Text:
    """Return the text of an item's labels: joined with `; `, since names have commas in them.

    Raises:
        RowError: `no_text` if there is none.
    """
    if not labels:
        raise RowError("no_text", "expected at least one label, got none")
    if any("\0" in label for label in labels):
        raise RowError("bad_row", "expected labels, got a NUL character")
    return Text(text="; ".join(labels), kind="label", licence=licence, model=model)
