import os
import time

import pytest

from schemas.compaction import compact
from schemas.garbage import Garbage, collect, garbage
from schemas.ids import digest_of
from schemas.lake import LakeWriteError
from schemas.verify import verify
from tests.schemas.lakes import commit, ledger_rows


def age(path, hours):
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


@pytest.fixture
def replaced(lake):
    old = commit(lake, "ledger", "step.a", ledger_rows("a"))
    commit(lake, "ledger", "step.a", ledger_rows("b"))
    return lake, old


def test_a_replaced_shard_stays_for_the_versions_that_are_kept(replaced):
    lake, _ = replaced
    assert garbage(lake) == []


def test_a_replaced_shard_goes_when_no_older_version_is_kept(replaced):
    lake, old = replaced
    (found,) = garbage(lake, keep_days=0)
    assert (found.path, found.size) == (old.path, old.size)
    assert collect([found]) == old.size
    assert not old.path.exists()
    assert lake.read("ledger")["row_id"].to_pylist() == ["b"]
    assert garbage(lake, keep_days=0) == []


def test_the_version_that_was_newest_at_the_limit_is_kept(replaced):
    lake, old = replaced
    entry = lake.folder("ledger") / "_delta_log"
    for version in (0, 1):  # the second version stood for two days, until just now
        path = entry / f"{version:020d}.json"
        text = path.read_text()
        stamp = text.partition('"timestamp":')[2].partition(",")[0]
        path.write_text(text.replace(stamp, str(int(stamp) - 2 * 86_400_000)))
    assert garbage(lake, keep_days=1) == []
    assert [found.path for found in garbage(lake, keep_days=0)] == [old.path]


def test_a_shard_that_a_running_job_wrote_is_protected_by_its_age(lake):
    shard = lake.write_shard("ledger", "step.a", digest_of("x"), ledger_rows("a"))
    assert garbage(lake, keep_days=0) == []
    age(shard.path, hours=7 * 24 + 1)
    (found,) = garbage(lake)
    assert (found.path, found.reason) == (shard.path, "never committed")


@pytest.mark.parametrize(
    "name",
    [
        "ledger/shards/.step.a.0.tmp",
        "ledger/_delta_log/_commit_x.json.tmp",
        "ledger/_delta_log/00000000000000000001.json#1",
        "plans/ingest-0-1.parquet",
    ],
)
def test_what_a_killed_writer_left_goes_once_it_is_stale(replaced, name):
    path = replaced[0].root / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"half")
    assert garbage(replaced[0]) == []
    age(path, hours=25)
    (found,) = garbage(replaced[0], safe_hours=24)
    assert (found.path, found.size) == (path, 4)
    assert collect([found]) == 4
    assert not path.exists()


def test_a_folder_of_spilled_data_goes_whole(replaced):
    folder = replaced[0].root / ".spill-x"
    folder.mkdir()
    (folder / "block").write_bytes(b"1234")
    age(folder, hours=25)
    found = garbage(replaced[0], safe_hours=24)
    assert collect(found) == 4
    assert not folder.exists()


def test_after_compaction_the_small_files_go(corpus):
    before = corpus.read("clips")
    old = corpus.files("clips")
    compact(corpus, "clips")
    collect(garbage(corpus, keep_days=0))
    assert not any(path.exists() for path in old)
    assert corpus.read("clips").equals(before)
    assert verify(corpus) == []


def test_negative_days_are_an_error(lake):
    with pytest.raises(ValueError, match="expected 0 or more, got -1"):
        garbage(lake, keep_days=-1)


def test_a_file_that_cannot_be_erased_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    found = Garbage(path=tmp_path / "file" / "shard", size=1, reason="test")
    with pytest.raises(LakeWriteError, match=r"could not erase .*file/shard"):
        collect([found])
