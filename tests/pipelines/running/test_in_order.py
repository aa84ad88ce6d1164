"""Tests of `pipelines.running.in_order`."""

from threading import Event

import pytest

from pipelines.running.in_order import in_order, stopped


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_what_is_made_comes_in_the_order_of_the_rows(workers):
    assert list(in_order(lambda row: row * row, range(20), workers)) == [n * n for n in range(20)]


def test_several_rows_are_in_work_at_a_time():
    second = Event()

    def make(row):
        if row == 0:
            return second.wait(20)  # set by the next row, which therefore has to run beside
        second.set()
        return True

    assert list(in_order(make, [0, 1], workers=2)) == [True, True]


@pytest.mark.parametrize("ahead", [2, 3])
def test_no_more_rows_are_taken_than_may_be_ahead(ahead):
    taken = []
    rows = (taken.append(n) or n for n in range(100))
    made = in_order(str, rows, workers=2, ahead=ahead)
    assert next(made) == "0"
    assert len(taken) == 2 * ahead
    made.close()


def test_after_a_failure_no_further_row_is_taken():
    taken = []
    rows = (taken.append(n) or n for n in range(100))
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda row: 1 // row, rows, workers=2))
    assert len(taken) == 4


def test_who_makes_a_row_learns_that_nobody_waits_for_it():
    begun, told = Event(), []

    def make(row):
        if row == 0:
            begun.wait(20)
            raise ZeroDivisionError
        begun.set()
        told.append(stopped().wait(20))

    with pytest.raises(ZeroDivisionError):
        list(in_order(make, [0, 1], workers=2))
    assert told == [True]
    assert not stopped().is_set()
