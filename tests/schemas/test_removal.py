import json
import shutil

import pytest

from schemas.benchmarks import Feature, Metric
from schemas.compaction import compact
from schemas.corpus import AudioBytes, Decision, LedgerRow
from schemas.garbage import collect, garbage
from schemas.generation import Context, Generation, PreferencePair, Segment
from schemas.lake import Lake
from schemas.removal import Takedown, remove
from schemas.synthesis import Prompt, RichCaption
from schemas.tables import TABLES
from schemas.training import Run, Sample, Sequence
from schemas.verify import verify
from tests.schemas.lakes import ORIGIN, caption, commit

DERIVED = ("recordings", "clips", "audio", "captions")


def put(lake, table, *rows, slot=None):
    commit(lake, table, slot or f"test.{table}", TABLES[table].from_rows(list(rows)))


def context(context_id, *, clip=None, generation=None, kind="prompt"):
    segment = Segment(role="user", modality="audio", clip_id=clip, generation_id=generation)
    return Context(
        context_id=context_id,
        kind=kind,
        segments=[segment],
        judge_text="",
        reference_clip_id=None,
        split="train",
    )


def generation(generation_id, context_id):
    return Generation(
        generation_id=generation_id,
        context_id=context_id,
        model="tiny@1",
        sample=0,
        seed=0,
        settings="{}",
        codec="x@1",
        codebooks=1,
        frames=1,
        codes=b"00",
        sample_rate=16000,
        duration_s=1.0,
        audio=AudioBytes(bytes=b""),
    )


def sample(sample_id, clip):
    segments = [Segment(role="user", modality="audio", clip_id=clip)]
    return Sample(
        sample_id=sample_id, stage="sft", task="text", segments=segments, split="train", weight=1.0
    )


def sequence(sample_id, clip):
    return Sequence(
        sample_id=sample_id,
        vocabulary="v",
        stage="sft",
        task="text",
        split="train",
        weight=1.0,
        positions=1,
        spans=[],
        ids=[],
        codebooks=0,
        codes=b"",
        audio_in=[clip],
    )


@pytest.fixture(scope="module")
def full_template(corpus_template, tmp_path_factory):
    """A corpus with everything that is derived from clips of r0 (to go) and r1 (to stay)."""
    root = tmp_path_factory.mktemp("full") / "lake"
    shutil.copytree(corpus_template.root, root)
    corpus = Lake.open(root)
    for r in ("r0", "r1"):
        rich = RichCaption(
            rich_caption_id=f"{r}.rich",
            clip_id=f"{r}.a",
            keywords=[],
            layout=[],
            description=[],
            role="heard",
            exact=True,
            origin=ORIGIN,
        )
        prompt = Prompt(
            prompt_id=f"{r}.p",
            rich_caption_id=f"{r}.rich",
            style="plain",
            text="",
            origin=ORIGIN,
        )
        pair = PreferencePair(
            context_id=f"{r}.c",
            scorer="s",
            winner_id=f"{r}.g",
            loser_id=f"{r}.g",
            gaps=[],
            threshold=0.1,
            validated=True,
        )
        put(corpus, "rich_captions", rich, slot=f"test.{r}")
        put(corpus, "prompts", prompt, slot=f"test.{r}")
        first, then = context(f"{r}.c", clip=f"{r}.a"), context(f"{r}.d", generation=f"{r}.g")
        put(corpus, "contexts", first, then, slot=f"test.{r}")
        generations = generation(f"{r}.g", f"{r}.c"), generation(f"{r}.h", f"{r}.d")
        put(corpus, "generations", *generations, slot=f"test.{r}")
        put(corpus, "preference_pairs", pair, slot=f"test.{r}")
        put(corpus, "samples", sample(f"{r}.s", f"{r}.b"), slot=f"test.{r}")
        put(corpus, "sequences", sequence(f"{r}.s", f"{r}.b"), slot=f"test.{r}")
        feature = Feature(subject_id=f"{r}.h", scorer="s", name="logits", window=0, vector=[0.0])
        put(corpus, "features", feature, slot=f"test.{r}")
        dropped = LedgerRow(
            ledger_id=r, table="clips", row_id=f"{r}.a", step="s", decision="drop", reason="x"
        )
        put(corpus, "ledger", dropped, slot=f"test.{r}")
        verdict = Decision(table="clips", row_id=f"{r}.a", step="dedup", keep=True, reason="x")
        put(corpus, "decisions", verdict, slot=f"test.{r}")
    return corpus


@pytest.fixture
def full(full_template, tmp_path):
    shutil.copytree(full_template.root, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


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


# Witnesses


def run(run_id, checkpoint, **versions):
    return Run(
        run_id=run_id,
        command="train",
        name="sft",
        configuration="{}",
        table_versions=json.dumps(versions),
        checkpoint=checkpoint,
        status="finished",
        seconds=1.0,
    )


def metric(metric_id, system):
    return Metric(
        metric_id=metric_id,
        name="fd",
        system=system,
        row_kind="system",
        dataset="d",
        dataset_digest="0",
        scorer="s",
        preset="p",
        value=1.0,
        low=None,
        high=None,
        n=1,
        n_missing=0,
        seed=None,
        comparable=False,
    )


@pytest.fixture
def trained(full):
    """Two runs: one read the sequences before those of r0 came, one after."""
    first, second = full.version("sequences") - 1, full.version("sequences")
    remove(full, Takedown(ids=("r1",)))  # so that the first version holds r0 only
    put(
        full,
        "runs",
        run("early", "sft@early", sequences=0),
        run("late", "sft@late", sequences=first),
        run("later", None, sequences=second, elsewhere=3),
    )
    put(full, "metrics", metric("m1", "sft@early"), metric("m2", "sft@late"))
    for name, version in (("early", 0), ("late", first)):
        folder = full.weights / "checkpoints" / name
        folder.mkdir(parents=True)
        (folder / "weights.safetensors").write_bytes(b"")
        (folder / "card.json").write_text(json.dumps({"table_versions": {"sequences": version}}))
    (full.weights / "codec.safetensors").write_bytes(b"")
    return full


def test_the_report_names_what_saw_the_rows(trained):
    seen = remove(trained, Takedown(ids=("r0",))).witnesses
    assert seen.runs == ["late", "later"]
    assert seen.checkpoints == ["sft@late", "weights/checkpoints/late"]
    assert seen.metrics == ["m2"]
    assert seen.unrecorded == ["weights/codec.safetensors"]


def test_the_report_is_the_same_after_the_rows_are_gone(trained):
    before = remove(trained, Takedown(ids=("r0",))).witnesses
    assert remove(trained, Takedown(ids=("r0",))).witnesses == before


def test_erased_versions_count_as_seen(trained):
    remove(trained, Takedown(ids=("r0",)))
    collect(garbage(trained, keep_days=0))
    assert remove(trained, Takedown(ids=("r0",))).witnesses.runs == ["late", "later"]
