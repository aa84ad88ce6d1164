import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.tar_headers import TarError
from pipelines.sources.tar_members import members
from tests.pipelines.sources.containers import tar_of

FORMS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
PARTS = st.text("ab\u00e9\u4e2d .-", min_size=1, max_size=40).filter(lambda p: p.strip(". "))
NAMES = st.lists(PARTS, min_size=1, max_size=6).map(lambda parts: "x" + "/".join(parts))


def read(data, at=0):
    return list(members(io.BytesIO(data), len(data), at))


@given(st.lists(st.tuples(NAMES, st.binary(max_size=1500)), max_size=4), st.sampled_from(FORMS[1:]))
def test_members_are_where_the_standard_library_finds_them(content, form):
    data = tar_of(content, form)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        expected = [(m.offset, m.offset_data, m.size) for m in tar.getmembers()]
    found = read(data)
    assert [(m.at, m.data, m.size) for m in found] == expected
    assert [data[m.data : m.data + m.size] for m in found] == [d for _, d in content]


@pytest.mark.parametrize("form", FORMS)
def test_a_name_of_two_hundred_letters_is_whole_in_every_format(form):
    name = "f" * 90 + "/" + "n" * 90 + ".wav"
    assert [m.name for m in read(tar_of([(name, b"x")], form))] == [name]


def test_reading_goes_on_from_any_member():
    data = tar_of([(f"{n}.wav", b"x" * n * 300) for n in range(5)])
    found = read(data)
    assert all(read(data, member.at) == found[n:] for n, member in enumerate(found))


def test_a_tar_cut_anywhere_says_so_and_gives_its_whole_members_only():
    data = tar_of([("a.wav", b"a" * 700), ("b.wav", b"b" * 700)])
    end = 2 * (512 + 1024)
    for cut in range(1, end, 97):
        found = []
        with pytest.raises(TarError) as refused:
            found.extend(members(io.BytesIO(data[:cut]), cut))
        assert refused.value.reason == "truncated"
    assert len(read(data[: end + 512])) == 2


def test_a_damaged_header_is_no_end_of_the_archive():
    data = bytearray(tar_of([("a.wav", b"a"), ("b.wav", b"b")]))
    data[1024] ^= 1
    with tarfile.open(fileobj=io.BytesIO(bytes(data))) as tar:
        assert len(tar.getmembers()) == 1  # what the standard library makes of it
    with pytest.raises(TarError, match="check sum") as refused:
        read(bytes(data))
    assert (refused.value.reason, refused.value.at) == ("corrupt", 1024)


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"6"])
def test_what_is_no_file_is_told_and_never_followed(kind):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        entry = tarfile.TarInfo("link.wav")
        entry.type, entry.linkname = kind, "/etc/hostname"
        tar.addfile(entry)
    (member,) = read(file.getvalue())
    assert member.problem[0] == "bad_member"


def test_a_folder_is_one_and_no_problem():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        entry = tarfile.TarInfo("clips")
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
    (member,) = read(file.getvalue())
    assert (member.kind, member.problem) == ("folder", None)


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"])
def test_a_compressed_archive_is_named_as_one(magic):
    with pytest.raises(TarError, match="expected an uncompressed tar"):
        read(magic + bytes(600))
