import pytest

from pipelines.ingest.plan import Sharding, runs
from pipelines.planning.forecast import Prices, forecast, shard_count
from pipelines.planning.measuring import Measured, StepTook
from pipelines.sources.scenes import Scenes

HOUR = 3600.0


def run(rows, *, cpu_s=0.0, wall_s=None, gpu_s=0.0, per_root=True):
    """Return a run whose step takes 2 s and `cpu_s` a row, and whose table has 1 kB and 5 B."""
    took = StepTook(
        cpu_s=2 + cpu_s * rows,
        wall_s=2 + (cpu_s if wall_s is None else wall_s) * rows,
        gpu_s=gpu_s * rows,
        shards=1,
        shuffled_bytes=400,
        per_root=per_root,
    )
    return Measured(
        rows=rows,
        clip_s=10.0 * rows,
        steps={"step": took},
        tables={"clips": (2 * rows, 1000 + 5 * rows)},
    )


def both(**arguments):
    return [run(rows, **arguments) for rows in (10, 10, 30)]


@pytest.mark.parametrize("count", [1, 64, 65, 300, 512, 513, 5000])
def test_as_many_shards_are_foretold_as_ingest_makes(count):
    made = sum(1 for _ in runs(Scenes(count=count), Sharding()))
    assert shard_count(count, 10.0, 0.0) == made


def test_long_or_large_items_make_more_shards():
    assert shard_count(100, 10_240.0, 0.0) == 100
    assert shard_count(100, 1.0, 128 * 2**20) == 50


def test_rows_bytes_and_hours_follow_from_the_two_sizes():
    found = forecast(both(), 1_000_000, 4, Prices())
    assert found.tables["clips"].rows.value == pytest.approx(2_000_000)
    # 5 B a row, and the kilobyte of each of its shards.
    assert found.shards == shard_count(1_000_000, 10.0, 5.0)
    assert found.tables["clips"].bytes.value == pytest.approx(5_000_000 + 1000 * found.shards)
    assert found.clip_hours.value == pytest.approx(10_000_000 / HOUR)
    assert found.shuffle_bytes == 400 * found.shards


def test_workers_share_the_shards_but_not_the_fixed_part():
    one, four = (forecast(both(cpu_s=0.1), 4_000_000, k, Prices()) for k in (1, 4))
    assert one.wall_s == pytest.approx(2 + 400_000)
    turns = -(-four.shards // 4)
    assert four.wall_s == pytest.approx(2 + turns * 400_000 / four.shards)
    assert one.cpu_hours.value == four.cpu_hours.value == pytest.approx(400_002 / HOUR)


def test_more_workers_than_shards_are_of_no_use():
    few, many = (forecast(both(cpu_s=0.1), 300, k, Prices()) for k in (5, 500))
    assert few.wall_s == many.wall_s


def test_a_step_over_the_whole_corpus_is_one_workers():
    found = forecast(both(cpu_s=0.1, per_root=False), 4_000_000, 16, Prices())
    assert found.wall_s == pytest.approx(2 + 400_000)


def test_waiting_adds_to_the_clock_and_not_to_the_cpu():
    found = forecast(both(cpu_s=0.1, wall_s=0.3), 1000, 1, Prices())
    assert found.wall_s == pytest.approx(2 + 300)
    assert found.cpu_hours.value == pytest.approx(102 / HOUR)


def test_cost_is_workers_for_the_whole_run_gpus_while_held_and_bytes_for_the_months():
    prices = Prices(cpu_hour=2.0, gpu_hour=7.0, gb_month=3.0, months=6.0)
    found = forecast(both(cpu_s=0.1, gpu_s=0.05), 1_000_000, 8, prices, once_s=60.0)
    assert found.gpu_hours.value == pytest.approx(50_000 / HOUR)
    paid = 8 * found.wall_s / HOUR * 2 + 50_000 / HOUR * 7
    assert found.cost_compute == pytest.approx(paid)
    assert found.cost_storage == pytest.approx(found.bytes / 1e9 * 18)


def test_a_table_that_does_not_grow_has_one_shard_whatever_comes():
    sizes = both()
    for one in sizes:
        one.tables["blends"] = (3, 700)
    table = forecast(sizes, 1_000_000, 4, Prices()).tables["blends"]
    assert (table.rows.value, table.bytes.value) == pytest.approx((3, 700))
