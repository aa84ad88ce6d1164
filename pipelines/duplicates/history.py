"""What earlier runs of the deduplication decided, read from the decisions that they left."""

from dataclasses import dataclass, field

from schemas.lake import Lake

STEP = "dedup"


@dataclass(frozen=True, kw_only=True)
class Before:
    """The verdicts of earlier runs on the rows of one table."""

    seen: dict[str, int] = field(default_factory=dict)
    """Rows that a root had when it was judged: a root only grows at its end."""
    rejected: frozenset[str] = frozenset()
    """Rows that were not kept."""
    keepers: frozenset[str] = frozenset()
    """Rows that were kept in the place of others."""
    clusters: dict[str, str] = field(default_factory=dict)
    """The cluster of each row that was in one."""


def before(lake: Lake, variant: str) -> Before:
    """Return what earlier runs decided.

    Args:
        lake: The lake.
        variant: audio or captions.
    """
    seen: dict[str, int] = {}
    rejected: set[str] = set()
    keepers: set[str] = set()
    clusters: dict[str, str] = {}
    for shard in lake.shards("decisions"):
        if not shard.slot.startswith(f"{STEP}.{variant}."):
            continue
        seen[shard.root] = int(lake.counts(shard)["rows_in"])
        rows = lake.read_shard(shard, ["row_id", "keep", "cluster"])
        for row_id, keep, cluster in zip(
            *(rows[name].to_pylist() for name in rows.column_names), strict=True
        ):
            (keepers if keep else rejected).add(row_id)
            if cluster is not None:
                clusters[row_id] = cluster
    return Before(
        seen=seen, rejected=frozenset(rejected), keepers=frozenset(keepers), clusters=clusters
    )


def prior_digests(lake: Lake, variant: str) -> list[list[str]]:
    """Return slot and content of every verdict shard of earlier runs."""
    return [
        [shard.slot, shard.content_digest]
        for shard in lake.shards("decisions")
        if shard.slot.startswith(f"{STEP}.{variant}.")
    ]
