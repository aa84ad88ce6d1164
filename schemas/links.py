"""Links: which rows refer to rows of other tables, through declared references."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.column import Table
from schemas.leaves import leaf_values, leaves

REMOVE = "remove"
"""The step of decisions about rows that were taken down."""
Keys = dict[str, set[str]]
"""Values by column, as `table.column`."""
_VERDICTS = ("ledger", "decisions")


def hits(rows: pa.Table, table: Table, keys: Keys) -> np.ndarray:
    """Return, for each row, whether it is one of the keys or refers to one.

    Args:
        rows: Rows with at least the columns that `link_columns` names.
        table: Their table.
        keys: What is to go.
    """
    mask = np.zeros(rows.num_rows, bool)
    for leaf in leaves(table):
        own = (f"{table.name}.{leaf.name}",) if (leaf.name,) == table.key else ()
        wanted = set().union(*(keys.get(target, ()) for target in (*own, *leaf.column.targets)))
        if wanted:
            values, parents = leaf_values(rows, leaf)
            found = pc.is_in(values, pa.array(sorted(wanted))).to_numpy(zero_copy_only=False)
            mask[parents[found]] = True
    if table.name in _VERDICTS:
        mask |= _about(rows, table, keys)
    return mask


def link_columns(table: Table) -> list[str]:
    """Return the top columns that `hits` needs."""
    names = [*table.key, *(leaf.path[0] for leaf in leaves(table) if leaf.column.targets)]
    if table.name in _VERDICTS:
        names += ["table", "row_id", "step"]
    return list(dict.fromkeys(names))


def _about(rows: pa.Table, table: Table, keys: Keys) -> np.ndarray:
    """Return which verdicts are about removed rows; those of takedowns stay."""
    gone = {(name.split(".")[0], value) for name, values in keys.items() for value in values}
    pairs = zip(rows["table"].to_pylist(), rows["row_id"].to_pylist(), strict=True)
    about = np.fromiter((pair in gone for pair in pairs), bool, rows.num_rows)
    if table.name == "decisions":
        about &= pc.not_equal(rows["step"], REMOVE).to_numpy()
    return about
