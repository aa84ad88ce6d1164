import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.json_array import array_head, elements
from tests.pipelines.sources.sets import written

OBJECTS = st.dictionaries(st.text(max_size=4), st.text(max_size=9) | st.integers(), max_size=3)


def reasons(path):
    return [one.refusal.reason if one.refusal else None for one in elements(path, "data")]


@settings(deadline=None)  # other work may hold the machine
@given(st.lists(OBJECTS, max_size=5), st.booleans(), st.sampled_from([None, 1]), st.booleans())
def test_objects_come_back_from_any_position(tmp_path_factory, values, escaped, indent, alone):
    path = tmp_path_factory.mktemp("array") / "x.json"
    whole = values if alone else {"n": 1, "data": values, "after": [{}]}
    written(path, json.dumps(whole, ensure_ascii=escaped, indent=indent))
    key = None if alone else "data"
    read = list(elements(path, key))
    assert [one.values for one in read] == values
    for index, one in enumerate(read):
        assert list(elements(path, key, one.position)) == read[index:]


def test_what_stands_before_the_array_is_known(tmp_path):
    path = written(tmp_path / "x.json", '{"num_captions_per_audio": 1, "data": []}')
    assert array_head(path, "data").values == {"num_captions_per_audio": 1}


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (b'{"a": }', "bad_row"),
        (b'{"a": NaN}', "bad_row"),
        (b'{"a": "caf\xe9"}', "encoding"),
        (b"[1]", "bad_row"),
        (b'{"a": ' + b"[" * 100_000 + b"}", "bad_row"),
    ],
)
def test_a_bad_element_is_refused_and_those_around_it_are_not(tmp_path, element, expected):
    data = b'{"data": [{"a": 1}, ' + element + b', {"a": 2}, {"a": 3}]}'
    path = written(tmp_path / "x.json", data)
    assert reasons(path) == [None, expected, None, None]


def test_a_file_that_was_cut_off_says_so(tmp_path):
    data = json.dumps({"data": [{"a": n} for n in range(5)]})
    assert reasons(written(tmp_path / "x.json", data[:-4])) == [None] * 4 + ["bad_row", "truncated"]
    assert reasons(written(tmp_path / "y.json", data[:-2])) == [None] * 5 + ["truncated"]
    assert reasons(written(tmp_path / "z.json", '{"data": [')) == ["truncated"]


@pytest.mark.parametrize("data", [b"", b"[]", b'{"rows": []}', b'{"data": {}}', b"\0"])
def test_another_file_is_an_error(tmp_path, data):
    with pytest.raises(ValueError, match="expected an object with an array `data`"):
        list(elements(written(tmp_path / "x.json", data), "data"))


def test_a_large_array_needs_no_more_memory_than_a_small_one(tmp_path):
    entry = json.dumps({"caption": "x" * 500})
    path = written(tmp_path / "x.json", '{"data": [' + ", ".join([entry] * 40_000) + "]}")
    tracemalloc.start()
    try:
        assert sum(one.refusal is None for one in elements(path, "data")) == 40_000
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()
