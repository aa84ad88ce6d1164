import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.several import name_of_set, place_of, position_of, set_files


@given(st.integers(0, 2**19 - 1), st.integers(0, 2**44 - 1))
def test_a_position_is_a_file_and_a_place_in_it_and_fits_an_int64(file, at):
    position = position_of(file, at)
    assert place_of(position) == (file, at)
    assert position < 2**63


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2))
def test_positions_are_in_the_order_of_the_listing(places):
    assert [place_of(p) for p in sorted(position_of(*p) for p in places)] == sorted(places)


@pytest.fixture
def folder(tmp_path):
    for name in ("b.jsonl", "sub/a.jsonl", "sub/c.JSON", "sub/readme.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("given_", "names"),
    [
        ("", ("b.jsonl", "sub/a.jsonl", "sub/c.JSON")),
        ("b.jsonl", ("b.jsonl",)),
        ("sub/*", ("a.jsonl", "c.JSON")),
        ("*/a.jsonl", ("sub/a.jsonl",)),
        ("**/*.jsonl", ("b.jsonl", "sub/a.jsonl")),
    ],
)
def test_a_file_a_glob_or_a_folder_names_files_in_order(folder, given_, names):
    assert set_files(str(folder / given_), (".jsonl", ".json")).names == names


@pytest.mark.parametrize("given_", ["", "/a.jsonl", "/*.jsonl"])
def test_a_folder_may_have_the_signs_of_a_glob_in_its_name(tmp_path, given_):
    (tmp_path / "set [v1]").mkdir()
    (tmp_path / "set [v1]/a.jsonl").touch()
    assert set_files(f"{tmp_path}/set [v1]{given_}", (".jsonl",)).names == ("a.jsonl",)
    assert name_of_set(f"{tmp_path}/set [v1]") == "set [v1]"


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ("sub/readme.md", r"expected a file of \.jsonl, got .*readme\.md"),
        ("gone", r"found nothing at .*gone"),
        ("gone/*.jsonl", r"found nothing at"),
    ],
)
def test_what_names_no_file_is_one_clear_error(folder, given_, message):
    with pytest.raises(ValueError, match=message):
        set_files(str(folder / given_), (".jsonl",))


def test_a_folder_without_such_files_is_an_error(folder):
    with pytest.raises(ValueError, match="found none of them"):
        set_files(str(folder), (".parquet",))


def test_a_set_is_named_after_its_folder_or_file():
    given_ = ("x/clips", "x/clips/", "x/clips/*.tar", "s3://bucket/clips", "x/clips/data/train-*")
    assert {name_of_set(one) for one in given_} == {"clips"}
