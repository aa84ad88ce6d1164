"""Compaction: many small shard files become few, and nothing has to be made again."""

from collections.abc import Iterator, Sequence

from schemas.compacted import write_compacted
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import table_named

TARGET_BYTES = 256 * 2**20


def compact(lake: Lake, table: str, target_bytes: int = TARGET_BYTES) -> tuple[int, int]:
    """Merge the small files of a table, in one commit; its shards keep slots and digests.

    Args:
        lake: The lake.
        table: Name of a declared table.
        target_bytes: Size up to which files are merged.

    Returns:
        Live files before and after.

    Raises:
        ValueError: If the size is not positive, or a file is gone or damaged.
        LakeConflictError: If another writer replaced one of the shards meanwhile.
        LakeWriteError: If the disk refuses.
    """
    if target_bytes < 1:
        msg = f"expected a size of at least 1 byte, got {target_bytes}"
        raise ValueError(msg)
    declared, folder = table_named(table), lake.folder(table)
    before = len(lake.files(table))
    old: list[Shard] = []
    new: list[Shard] = []
    for group in _groups(lake.shards(table), target_bytes):
        if len({shard.path for shard in group}) > 1:
            old += group
            new += write_compacted(folder, declared, group)
    if old:
        lake.replace(table, old, new, "compact")
    return before, len(lake.files(table))


def _groups(shards: Sequence[Shard], target_bytes: int) -> Iterator[list[Shard]]:
    """Yield runs of files, in the order of their slots, that fit into the size together."""
    files: dict[str, list[Shard]] = {}
    for shard in shards:
        files.setdefault(str(shard.path), []).append(shard)
    group: list[Shard] = []
    size = 0
    for parts in files.values():
        more = sum(shard.size for shard in parts)
        if group and size + more > target_bytes:
            yield group
            group, size = [], 0
        group += parts
        size += more
    if group:
        yield group
