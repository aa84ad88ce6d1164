"""The names of AudioSet's classes, from the file that the user has of them."""

import json
from functools import lru_cache
from pathlib import Path

from pipelines.sources.delimited import Delimited, Format
from pipelines.sources.published import beside

FILES = ("class_labels_indices.csv", "mid_to_display_name.tsv", "ontology.json")
"""Those published, any of which will do."""

_FORMS = {
    FILES[0]: Format(delimiter=",", required=("mid", "display_name")),
    FILES[1]: Format(delimiter="\t", columns=("mid", "display_name"), quoted=False),
}


def class_names_file(folder: Path, *, strong: bool = False) -> Path:
    """Return the file of class names in a folder or the one above it.

    Args:
        folder: Where the listing is.
        strong: Whether the strong labels are read, some of whose classes are in one file only.

    Raises:
        ValueError: If there is none.
    """
    order = (FILES[1], FILES[2], FILES[0]) if strong else FILES
    found = beside(folder, *order)
    if found is None:
        msg = f"expected the names of AudioSet's classes in {folder}: {' or '.join(order)}"
        raise ValueError(msg)
    return found


@lru_cache(maxsize=4)
def class_names(path: Path) -> dict[str, str]:
    """Return the name of each class id.

    Raises:
        ValueError: If the file is none of those published.
    """
    form = _FORMS.get(path.name)
    if form is not None:
        with Delimited(path, form) as file:
            rows = [row.values for row in file.records() if row.refusal is None]
        names = {row["mid"]: row["display_name"].strip() for row in rows}
    else:
        try:
            names = {one["id"]: one["name"] for one in json.loads(path.read_text("utf-8"))}
        except (OSError, ValueError, TypeError, KeyError) as error:
            msg = f"{path}: expected AudioSet's ontology, a list of classes with id and name"
            raise ValueError(msg) from error
    if not names:
        msg = f"{path}: expected names of classes, found none"
        raise ValueError(msg)
    return names
