import json
import math
from collections import Counter, OrderedDict, namedtuple
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmarks.sandbox.inside.checker import error
from evaluation.benchmarks.sandbox.inside.in_process import describe
from evaluation.benchmarks.sandbox.inside.plain import decode, encode

KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.fractions()
LEAVES = (
    KEYS
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
)
VALUES = st.recursive(
    LEAVES,
    lambda parts: (
        st.lists(parts)
        | st.tuples(parts, parts)
        | st.dictionaries(KEYS, parts)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
    ),
    max_leaves=10,
)


def crossed(value):
    return decode(json.loads(json.dumps(encode(value))))


@given(VALUES)
def test_a_plain_value_crosses_with_its_type(value):
    there = crossed(value)
    assert there == value
    assert type(there) is type(value)


class Yes:
    """What defeats a checker."""

    def __eq__(self, other):
        return True

    __hash__ = None


class YesList(list):
    __eq__ = Yes.__eq__
    __hash__ = None


class YesNumber(int):
    __eq__ = Yes.__eq__
    __hash__ = None

    def __repr__(self):
        return "7"


def test_an_object_equals_nothing_on_the_other_side():
    assert Yes() == 1
    there = crossed(Yes())
    assert (there == 1, there == there, there != 1) == (False, False, True)  # noqa: PLR0124
    assert repr(there) == "<Yes, no plain value>"


def test_a_subclass_crosses_as_the_plain_value_that_it_holds():
    assert (crossed(YesList([1])), crossed(YesNumber(5))) == ([1], 5)
    assert crossed(YesList([1])) != [2]
    point = namedtuple("point", "x y")(1, 2)
    for value in (point, Counter("aab"), OrderedDict(a=1)):
        assert crossed(value) == value


def test_iterators_views_and_ranges_cross_by_their_parts():
    assert list(crossed(map(abs, [-1, -2]))) == [1, 2]
    assert list(crossed({1: 2}.values())) == [2]
    assert crossed({1: 2}.keys()) == {1}
    assert crossed(range(3, 9, 2)) == range(3, 9, 2)
    assert crossed(bytearray(b"ab")) == b"ab"


def test_rare_numbers_cross_exactly():
    assert math.isnan(crossed(math.nan))
    assert math.copysign(1, crossed(-0.0)) == -1
    assert crossed([Decimal("0.10"), Fraction(1, 3), 2**200, "\ud800"]) == [
        Decimal("0.10"), Fraction(1, 3), 2**200, "\ud800",
    ]  # fmt: skip


@pytest.mark.parametrize("line", [["code", "x"], ["eval", "1"], ["__import__", "os"]])
def test_what_is_no_value_is_refused(line):
    with pytest.raises(KeyError):
        decode(line)


def test_an_exception_arrives_as_the_builtin_of_its_name_and_nothing_else():
    assert repr(error("ValueError", "no")) == "ValueError('no')"
    for odd in ("SystemExit", "Mine", "print", "UnicodeDecodeError"):
        assert repr(error(odd, "no")) == f"RuntimeError('{odd}: no')"


def test_an_exception_that_cannot_be_shown_is_described_all_the_same():
    class BadError(Exception):
        def __str__(self):
            raise KeyError

    assert describe(ValueError("no")) == b"ValueError: no"
    assert describe(BadError()) == b"an exception that cannot be shown"
