"""Names of the 527 AudioSet classes, in the order of the logits of PaSST and Cnn14."""

import csv

from evaluation.weights.store import MissingWeightsError, weights_file

CLASSES = 527


def audioset_labels() -> tuple[str, ...]:
    """Return a name for each class: its place, where `audioset-labels` was never pulled.

    Raises:
        ValueError: If the stored file has changed, or does not list 527 classes in order.
    """
    try:
        file = weights_file("audioset-labels")
    except MissingWeightsError:
        return tuple(map(str, range(CLASSES)))
    with file.path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if [row.get("index") for row in rows] != [str(place) for place in range(CLASSES)]:
        msg = (
            f"{file.path}: expected rows of index 0 to {CLASSES - 1} with a display_name, got "
            f"{len(rows)} rows; replace it by `ualm weights pull audioset-labels`"
        )
        raise ValueError(msg)
    return tuple(row["display_name"] for row in rows)
