import io

import pytest

from pipelines.sources.tar_headers import TarError, number
from pipelines.sources.tar_members import members
from tests.faults.hostile_tars import BLOCK, SOUND, base256, header, long_name, member, pax

END = bytes(2 * BLOCK)


def read(*parts):
    data = b"".join(parts) + END
    return list(members(io.BytesIO(data), len(data)))


def test_sizes_are_octal_or_base_256():
    assert number(b"00000001750\0", 0) == 1000
    assert number(b"       1750 ", 0) == 1000
    assert number(base256(2**40 + 5), 0) == 2**40 + 5
    assert number(bytes(12), 0) == 0


@pytest.mark.parametrize(
    "field", [b"\xff" * 12, b"-0000000001\0", b"0000000008\0\0", b"1_0\0", b"x"]
)
def test_what_is_no_size_is_never_taken_for_one(field):
    with pytest.raises(TarError):
        number(field, 512)


def test_a_size_of_the_pax_records_counts_before_the_header():
    data = SOUND[:600]
    (found,) = read(pax([("size", b"600")]), header("a.flac", 0), data + bytes(-len(data) % BLOCK))
    assert (found.size, found.problem) == (600, None)


@pytest.mark.parametrize("value", [b"-1", b"1e9", b"", b"9" * 19, "\u0661".encode()])
def test_a_size_that_is_none_ends_the_archive(value):
    with pytest.raises(TarError, match="expected a size"):
        read(pax([("size", value)]), member("a.flac", b"x"))


def test_later_records_name_the_member_and_links_are_not_followed():
    first, second = read(
        pax([("path", b"long/name.flac")]),
        member("short", b"x"),
        pax([("linkpath", b"/etc/hostname")]),
        header("b.flac", flag=b"2", link=b"x"),
    )
    assert (first.name, first.problem) == ("long/name.flac", None)
    assert second.problem == (
        "bad_member",
        "expected a regular file, got a symbolic link: 'b.flac'",
    )


@pytest.mark.parametrize("record", ["GNU.sparse.major", "GNU.sparse.map"])
def test_a_sparse_file_is_refused_however_it_is_written(record):
    (old,) = read(member("a.flac", b"x" * 600, flag=b"S"))
    (new,) = read(pax([(record, b"1")]), member("a.flac", b"x"))
    assert {old.kind, new.kind} == {"sparse file"}
    assert old.problem[0] == new.problem[0] == "bad_member"


def test_extended_headers_that_are_too_long_or_broken_cost_their_member_only():
    first, second, third = read(
        long_name(b"n" * 2**21),
        member("a.flac", b"x"),
        member("PaxHeader", b"99 path=a\n", flag=b"x"),
        member("b.flac", b"x"),
        member("c.flac", b"x"),
    )
    assert first.problem[0] == second.problem[0] == "bad_member"
    assert (third.name, third.problem) == ("c.flac", None)


def test_an_extended_header_without_a_member_is_a_cut_archive():
    with pytest.raises(TarError, match="expected a member behind") as refused:
        read(pax([("path", b"a")]))
    assert refused.value.reason == "truncated"


def test_an_old_tar_marks_folders_by_their_names():
    (found,) = read(header("clips/", magic=bytes(8)))
    assert found.kind == "folder"
