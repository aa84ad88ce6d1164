"""Tests of `pipelines.running.waiting_tasks`."""

from pipelines.running.step import ShardTask
from pipelines.running.waiting_tasks import WaitingTasks


def task(rows, limit=None):
    """Return a task of some rows, named after them."""
    return ShardTask(
        slot=f"s.r-{rows:05d}", input_digest="d", payload={}, rows=rows, bytes=1, limit=limit
    )


def taken(waiting):
    """Return the rows of all tasks, in the order in which they are taken."""
    return [one.rows for one in iter(waiting.take, None)]


def test_tasks_go_in_the_order_of_a_plan_that_goes_on():
    waiting = WaitingTasks()
    waiting.add([task(64), task(65)])
    waiting.add([task(256)])
    assert taken(waiting) == [64, 65, 256]


def test_the_largest_go_first_once_the_plan_has_ended():
    waiting = WaitingTasks()
    waiting.add([task(64), task(128)])
    waiting.add([task(256), task(100)], last=True)
    assert taken(waiting) == [256, 128, 100, 64]


def test_a_plan_that_ends_without_more_tasks_orders_those_that_wait():
    waiting = WaitingTasks()
    waiting.add([task(64), task(128)])
    waiting.add([], last=True)
    assert taken(waiting) == [128, 64]


def test_a_task_that_is_cut_counts_by_what_is_left_of_it():
    waiting = WaitingTasks()
    waiting.add([task(64), task(256, limit=8)], last=True)
    assert taken(waiting) == [64, 256]


def test_tasks_of_one_size_keep_their_order():
    waiting = WaitingTasks()
    first, second = task(64), task(64)
    waiting.add([first, second], last=True)
    assert waiting.take() is first
    assert waiting.take() is second


def test_nothing_is_taken_where_nothing_waits():
    assert WaitingTasks().take() is None
