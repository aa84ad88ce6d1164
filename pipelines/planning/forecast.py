"""What a corpus of N rows will hold, take and cost on K workers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.ingest.plan import Sharding
from pipelines.planning.line import Estimate, fitted
from pipelines.planning.measuring import Measured

_GB, _HOUR = 1e9, 3600.0


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What things cost, in one currency."""

    cpu_hour: float = 0.0
    """A worker of one core for an hour."""
    gpu_hour: float = 0.0
    """A GPU for an hour."""
    gb_month: float = 0.0
    """10^9 bytes kept for a month."""
    months: float = 1.0
    """How long the lake is kept."""


@dataclass(frozen=True, kw_only=True)
class StepForecast:
    """What a step will take."""

    fixed_cpu_s: float
    """Once a run: start-up, planning, commit."""
    cpu_ms_per_row: float
    cpu_hours: Estimate
    gpu_hours: Estimate
    shuffle_bytes: float
    """Through Beam's shuffle: tasks and outcomes."""
    wall_s: float
    """By the clock, on all workers."""


@dataclass(frozen=True, kw_only=True)
class TableForecast:
    """What a table will hold."""

    rows: Estimate
    bytes: Estimate


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a corpus will hold, take and cost."""

    rows: int
    """Items of the sources."""
    workers: int
    shards: int
    """Roots: shards of each table that ingest writes."""
    clip_hours: Estimate
    once_s: float
    """Time by the clock of what is fitted once for a lake and then kept, such as a codec."""
    steps: dict[str, StepForecast]
    tables: dict[str, TableForecast]
    bytes: float
    cpu_hours: Estimate
    gpu_hours: Estimate
    shuffle_bytes: float
    wall_s: float
    cost_compute: float
    """Workers are paid for as long as the run takes, idle ones too."""
    cost_storage: float


def forecast(
    runs: Sequence[Measured], rows: int, workers: int, prices: Prices, once_s: float = 0.0
) -> Forecast:
    """Predict from runs on samples of two sizes.

    Args:
        runs: The measured runs.
        rows: Items of the sources to predict for.
        workers: Workers of one core each.
        prices: What things cost.
        once_s: Time of what is fitted once.

    Raises:
        ValueError: If the samples have one size only.
    """
    clip_s = fitted([(run.rows, run.clip_s) for run in runs]).at(rows)
    size = fitted([(run.rows, float(sum(b for _, b in run.tables.values()))) for run in runs])
    shards = shard_count(rows, clip_s.value / rows, size.per_row)
    tables = {name: _table(runs, name, rows, shards) for name in _all(run.tables for run in runs)}
    steps = {
        name: _step(runs, name, rows, shards, workers) for name in _all(run.steps for run in runs)
    }
    held = sum(table.bytes.value for table in tables.values())
    wall = once_s + sum(step.wall_s for step in steps.values())
    gpu = _sum([step.gpu_hours for step in steps.values()])
    compute = workers * wall / _HOUR * prices.cpu_hour + gpu.value * prices.gpu_hour
    return Forecast(
        rows=rows,
        workers=workers,
        shards=shards,
        clip_hours=_scaled(clip_s, 1 / _HOUR),
        once_s=once_s,
        steps=steps,
        tables=tables,
        bytes=held,
        cpu_hours=_sum([step.cpu_hours for step in steps.values()]),
        gpu_hours=gpu,
        shuffle_bytes=sum(step.shuffle_bytes for step in steps.values()),
        wall_s=wall,
        cost_compute=compute,
        cost_storage=held / _GB * prices.gb_month * prices.months,
    )


def shard_count(rows: int, seconds_per_row: float, bytes_per_row: float) -> int:
    """Return the shards that ingest makes of so many items.

    Args:
        rows: Items.
        seconds_per_row: Sound of an item, in seconds.
        bytes_per_row: Bytes of an item; what the lake keeps stands for what the source has.

    Example:
        >>> [shard_count(rows, 10.0, 200_000) for rows in (64, 300, 1_000_000)]
        [1, 5, 1002]
    """
    sharding = Sharding()
    most = min(
        sharding.seconds / max(seconds_per_row, 1e-9), sharding.bytes / max(bytes_per_row, 1e-9)
    )
    left, shards = float(rows), 0
    while left > 0:
        size = max(1.0, min(sharding.items_of(shards), most))
        if sharding.items_of(shards) == sharding.most_items:
            return shards + -int(-left // size)
        left, shards = left - size, shards + 1
    return shards


def _table(runs: Sequence[Measured], table: str, rows: int, shards: int) -> TableForecast:
    def points(place: int) -> list[tuple[float, float]]:
        return [(run.rows, float(run.tables.get(table, (0, 0))[place])) for run in runs]

    # A file's head and foot come with each shard, and every sample had one shard. A table whose
    # rows do not grow has one shard whatever comes.
    grows = len({value for _, value in points(0)}) > 1
    times = shards if grows else 1
    return TableForecast(
        rows=fitted(points(0)).at(rows), bytes=fitted(points(1)).at(rows, times=times)
    )


def _step(
    runs: Sequence[Measured], step: str, rows: int, shards: int, workers: int
) -> StepForecast:
    took = [(run.rows, run.steps[step]) for run in runs]
    cpu = fitted([(n, one.cpu_s) for n, one in took])
    wall = fitted([(n, one.wall_s) for n, one in took])
    gpu = fitted([(n, one.gpu_s) for n, one in took]).at(rows)
    parallel = shards if all(one.per_root for _, one in took) else 1
    # On one core a row takes at least its CPU time, and waits, such as for a server, add to it.
    row_s = max(cpu.per_row, wall.per_row)
    turns = -(-parallel // min(workers, parallel))
    return StepForecast(
        fixed_cpu_s=cpu.fixed,
        cpu_ms_per_row=1000 * cpu.per_row,
        cpu_hours=_scaled(cpu.at(rows), 1 / _HOUR),
        gpu_hours=_scaled(gpu, 1 / _HOUR),
        shuffle_bytes=parallel
        * sum(one.shuffled_bytes / one.shards for _, one in took if one.shards)
        / max(sum(1 for _, one in took if one.shards), 1),
        wall_s=max(wall.fixed, cpu.fixed) + turns * row_s * rows / parallel,
    )


def _all(names: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for some in names for name in some))


def _scaled(estimate: Estimate, by: float) -> Estimate:
    value, low, high = estimate
    if low is None or high is None:
        return Estimate(value * by)
    return Estimate(value * by, low * by, high * by)


def _sum(estimates: Sequence[Estimate]) -> Estimate:
    """Return the sum; its interval holds if all are off in the same direction."""
    value = sum(estimate.value for estimate in estimates)
    lows = [e.low for e in estimates if e.low is not None]
    highs = [e.high for e in estimates if e.high is not None]
    if len(lows) < len(estimates) or len(highs) < len(estimates):
        return Estimate(value)
    return Estimate(value, sum(lows), sum(highs))
