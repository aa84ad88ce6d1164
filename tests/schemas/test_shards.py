import errno

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import file_digest
from schemas.shards import (
    LakeWriteError,
    checked_slot,
    found_shard,
    parse_name,
    publish,
    shard_counts,
    short_digest,
    write_shard,
)
from schemas.tables import TABLES
from tests.schemas.lakes import audio_rows, ledger_rows

DIGEST = "ab" * 32
TOKEN = st.from_regex(r"[A-Za-z0-9_@+-]{1,20}", fullmatch=True)


def write(folder, rows, slot="step.root-00000", **counts):
    return write_shard(folder, TABLES["ledger"], slot, DIGEST, rows, **counts)


@given(st.lists(TOKEN, min_size=2, max_size=3), st.from_regex("[0-9a-f]{16}", fullmatch=True))
def test_names_say_slot_and_digests(tokens, digest):
    slot = ".".join(tokens)
    assert parse_name(f"{slot}-{digest}-{digest}.parquet") == (slot, digest, digest)


@pytest.mark.parametrize(
    "slot", ["step", "a.b.c.d", "a b.c", "../a.b", "compact.x", "a." + "b" * 200]
)
def test_other_slots_are_refused(slot):
    with pytest.raises(ValueError, match="expected a slot"):
        checked_slot(slot)


def test_a_short_digest_is_refused():
    with pytest.raises(ValueError, match="at least 16 digits"):
        short_digest("abc")


def test_the_name_holds_the_digest_of_the_bytes(tmp_path):
    shard = write(tmp_path, ledger_rows("a"))
    assert file_digest(shard.path).startswith(shard.content_digest)
    assert shard.path.name == f"step.root-00000-{DIGEST[:16]}-{shard.content_digest}.parquet"
    assert shard.root == "root-00000"


def test_equal_rows_give_equal_bytes(tmp_path):
    a, b = write(tmp_path / "a", ledger_rows("a")), write(tmp_path / "b", ledger_rows("a"))
    assert a.path.read_bytes() == b.path.read_bytes()


def test_nothing_temporary_stays(tmp_path):
    shard = write(tmp_path, ledger_rows("a"))
    assert list(shard.path.parent.iterdir()) == [shard.path]


def test_a_found_shard_equals_the_written_one(tmp_path):
    shard = write(tmp_path, ledger_rows("a", "b"))
    assert found_shard(shard.path, "ledger") == shard


def test_counts_are_kept_in_the_file(tmp_path):
    shard = write(tmp_path, ledger_rows("a"), rows_in=3)
    assert shard_counts(shard.path) == {"rows_in": 3}


def test_sounds_are_stored_plainly(tmp_path):
    shard = write_shard(tmp_path, TABLES["audio"], "a.b", DIGEST, audio_rows("x"))
    group = pq.read_metadata(shard.path).row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert columns["audio.bytes"].compression == "UNCOMPRESSED"
    assert columns["clip_id"].compression == "ZSTD"


def test_row_groups_bound_the_memory_of_a_reader(tmp_path):
    rows = audio_rows(*(f"{i:04d}" for i in range(10)), size=2**21)  # 8 MiB each
    shard = write_shard(tmp_path, TABLES["audio"], "a.b", DIGEST, rows)
    metadata = pq.read_metadata(shard.path)
    assert max(metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)) <= 4


def test_other_columns_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"differing: .*decision"):
        write(tmp_path, ledger_rows("a").drop_columns(["decision"]))


def test_a_null_where_none_is_allowed_is_refused_and_leaves_nothing(tmp_path):
    rows = ledger_rows("a")
    field = rows.schema.field("reason")
    broken = rows.set_column(
        rows.schema.get_field_index("reason"), field, pa.array([None], pa.string())
    )
    with pytest.raises(ValueError, match=r"ledger: step.root-00000: .*null"):
        write(tmp_path / "ledger", broken)
    assert list((tmp_path / "ledger/shards").iterdir()) == []


def test_a_file_of_another_name_is_no_shard(tmp_path):
    with pytest.raises(ValueError, match="expected a shard file"):
        found_shard(tmp_path / "notes.parquet", "ledger")


def test_half_a_file_is_no_shard(tmp_path):
    shard = write(tmp_path, ledger_rows("a"))
    shard.path.write_bytes(shard.path.read_bytes()[:100])
    with pytest.raises(ValueError, match="not a complete Parquet file"):
        found_shard(shard.path, "ledger")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeWriteError, match=r"could not write a shard in .*file/shards"):
        write(tmp_path / "file", ledger_rows("a"))


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def fail(path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(LakeWriteError, match="No space left"):
        publish(tmp_path, "a.b", DIGEST, fail)
    assert list(tmp_path.iterdir()) == []
