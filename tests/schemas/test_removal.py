import pytest

from schemas.compaction import compact
from schemas.garbage import collect, garbage
from schemas.removal import Takedown, remove
from schemas.tables import TABLES
from schemas.verify import verify
from tests.schemas.derived import put
from tests.schemas.lakes import caption

DERIVED = ("recordings", "clips", "audio", "captions")


def left(lake):
    """Return every id in the lake that names r0, beside the decisions of takedowns."""
    found = {}
    for name, table in TABLES.items():
        rows = lake.read(name, list(table.key)).to_pylist()
        if name == "decisions":
            rows = [row for row in rows if row["step"] != "remove"]
        found[name] = [r for r in rows if any(str(v).split(".")[0] == "r0" for v in r.values())]
    return {name: rows for name, rows in found.items() if rows}


def test_rows_go_from_every_derived_table(full):
    everything = {name: full.read(name).num_rows for name in full.versions()}
    removal = remove(full, Takedown(ids=("r0",)))
    assert left(full) == {}
    for name, rows in removal.rows.items():
        kept = [s for s in full.shards(name) if not s.slot.startswith("remove.")]
        assert sum(s.rows for s in kept) == everything[name] - rows, name
    assert set(removal.rows) == set(full.versions())
    assert verify(full) == []


def test_what_belongs_to_others_stays(full):
    before = {name: full.read(name).num_rows for name in full.versions()}
    removal = remove(full, Takedown(ids=("r0",)))
    assert removal.rows["clips"] == 2
    assert removal.rows["generations"] == 2
    assert removal.rows["contexts"] == 2
    assert full.read("clips").num_rows == before["clips"] - 2
    assert "r0t" in full.read("recordings")["recording_id"].to_pylist()


def test_a_clip_takes_its_recording_along(full):
    remove(full, Takedown(ids=("r0.b",)))
    assert left(full) == {}


def test_an_uploader_takes_all_their_recordings_along(full):
    removal = remove(full, Takedown(uploader="u0"))
    assert removal.rows["recordings"] == 2
    assert full.read("recordings")["uploader"].to_pylist() == ["u1", "u1"]


def test_a_licence_takes_captions_along_but_not_their_clips(full):
    put(full, "captions", caption("cc", "r1", "r1.a", licence="CC-BY-NC"), slot="test.cc")
    removal = remove(full, Takedown(licence="CC-BY-NC"))
    assert removal.rows == {"captions": 1}
    assert full.read("clips").num_rows == 8


def test_shards_keep_slot_and_input_digest_so_that_nothing_is_made_again(full):
    plan = {(s.slot, s.input_digest) for t in DERIVED for s in full.shards(t)}
    remove(full, Takedown(ids=("r0",)))
    assert {(s.slot, s.input_digest) for t in DERIVED for s in full.shards(t)} == plan


def test_a_takedown_again_changes_nothing(full):
    remove(full, Takedown(ids=("r0",)))
    versions = full.versions()
    assert remove(full, Takedown(ids=("r0",))).rows == {}
    assert full.versions() == versions


def test_overlapping_takedowns_decide_once(full):
    remove(full, Takedown(ids=("r0",)))
    remove(full, Takedown(uploader="u0"))
    remove(full, Takedown(ids=("r0.a",)))
    assert verify(full) == []


def test_decisions_keep_the_recording_out(full):
    remove(full, Takedown(ids=("r0",)))
    rows = full.read("decisions").to_pylist()
    (verdict,) = [row for row in rows if row["table"] == "recordings"]
    assert (verdict["row_id"], verdict["step"], verdict["keep"]) == ("r0", "remove", False)
    assert verdict["reason"] == "removed by id"


def test_an_interrupted_takedown_is_finished_by_the_next(full, monkeypatch):
    commit_of = type(full).commit

    def fail_at_contexts(self, table, *arguments):
        if table == "contexts":
            raise KeyboardInterrupt
        return commit_of(self, table, *arguments)

    monkeypatch.setattr(type(full), "commit", fail_at_contexts)
    with pytest.raises(KeyboardInterrupt):
        remove(full, Takedown(ids=("r0",)))
    monkeypatch.undo()
    assert left(full) != {}
    remove(full, Takedown(ids=("r0",)))
    assert left(full) == {}
    assert verify(full) == []


def test_a_dry_run_counts_and_changes_nothing(full):
    versions = full.versions()
    counted = remove(full, Takedown(ids=("r0",)), dry_run=True)
    assert full.versions() == versions
    assert remove(full, Takedown(ids=("r0",))).rows == counted.rows


def test_compacted_tables_lose_their_rows_too(full):
    for table in full.versions():
        compact(full, table)
    remove(full, Takedown(ids=("r0",)))
    assert left(full) == {}
    assert verify(full) == []


def test_collecting_garbage_erases_the_bytes(full):
    remove(full, Takedown(ids=("r0",)))
    holders = [p for p in full.root.rglob("*.parquet") if b"r0.ar0.a" in p.read_bytes()]
    assert len(holders) == 1
    collect(garbage(full, keep_days=0))
    assert not any(path.exists() for path in holders)
    assert verify(full) == []


@pytest.mark.parametrize("ids", [("nobody",), ("r0", "nobody")])
def test_an_unknown_id_is_named(full, ids):
    with pytest.raises(ValueError, match="found neither for nobody"):
        remove(full, Takedown(ids=ids))


@pytest.mark.parametrize("wish", [{}, {"ids": ("a",), "uploader": "u"}])
def test_one_thing_is_asked_for_at_a_time(wish):
    with pytest.raises(ValueError, match="expected one of ids, uploader and licence"):
        Takedown(**wish)


@pytest.mark.parametrize("column", ["uploader", "licence"])
def test_a_misspelt_takedown_is_an_error_and_changes_nothing(full, column):
    versions = full.versions()
    with pytest.raises(ValueError, match=f"expected rows with the {column} 'none', found none"):
        remove(full, Takedown(**{column: "none"}))
    assert full.versions() == versions
