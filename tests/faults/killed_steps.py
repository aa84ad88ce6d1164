"""Steps that are killed: each brings a lake up to date in a process of its own."""

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

import pipelines.running.run_shards  # noqa: F401 (so that a process that is forked has Beam already)
from evaluation.weights.adding import add
from pipelines.corpus.entries.entry import Running
from pipelines.corpus.steps import STEPS as ENTRIES
from pipelines.duplicates.fingerprints import Fingerprint
from pipelines.encoding.codec_fit import ready_codec
from pipelines.ingest.plan import Sharding
from pipelines.ingest.step import Ingest
from pipelines.measuring.scorer_features import feature_steps
from pipelines.running.run import run_step
from pipelines.running.step import Step
from pipelines.sampling.blend import BLENDS
from pipelines.sampling.blend_weights import BlendWeights
from pipelines.sampling.stage_samples import sample_steps
from pipelines.sources.named import SourceOptions, source_named
from schemas.benchmarks import Dataset
from schemas.corpus import LedgerRow
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.evaluation.scenes import fill_generations, fill_scenes
from tests.golden.openl3.official import save
from tests.pipelines.scene_judge import give_judge
from training.codecs.mel_rvq import MelRvqSettings

_SHARDS = 100
_BATCH = 10
_SCENES = 12
_STAGE = "alignment"
_SAMPLES = tuple(sample_steps(_STAGE))
_WEIGHTS = tuple(BlendWeights(stage=name, blend=blend) for name, blend in BLENDS.items())
"""Of every stage: that of one ends too soon to be killed."""
_SMALL_CODEC = MelRvqSettings(codebooks=2, codebook_size=16, iterations=2)
_TWIN = "test.csv"
"""An evaluation set whose captions are those of the scenes."""


def write_shards(root: Path) -> None:
    """Write and commit small shards of two tables with the lake's API, skipping what lives."""
    lake = Lake.open(root)
    live = {shard.slot for shard in lake.shards("datasets")}
    slots = [slot for i in range(_SHARDS) if (slot := f"kill.root-{i:05d}") not in live]
    for begin in range(0, len(slots), _BATCH):
        batch = slots[begin : begin + _BATCH]
        for table in ("ledger", "datasets"):
            shards = [
                lake.write_shard(table, slot, digest_of(slot), _rows(table, slot)) for slot in batch
            ]
            lake.commit(table, shards, "kill")


def ingest_scenes(root: Path, scenes: int = _SCENES) -> None:
    """Ingest scenes in small shards: the real step on the real runner."""
    tempfile.tempdir = str(root.parent)  # Beam's folder, which a killed run leaves behind
    step = Ingest(
        source=source_named("scenes", str(scenes), SourceOptions()),
        sharding=Sharding(items=2, most_items=2),
    )
    if run_step(step, Lake.open(root)).failed:
        sys.exit(1)


def run_entry(root: Path, **options: object) -> None:
    """Run an entry of a corpus file."""
    tempfile.tempdir = str(root.parent)
    entry = ENTRIES[str(options["step"])].model_validate(options)
    for summary in entry.run(Lake.open(root), Running()):
        if summary.failed:
            sys.exit(1)


def run_steps(root: Path, steps: Iterable[Step]) -> None:
    """Run steps that need no file."""
    tempfile.tempdir = str(root.parent)
    for step in steps:
        if run_step(step, Lake.open(root)).failed:
            sys.exit(1)


def scenes_with_twin(root: Path) -> None:
    """Ingest scenes, and write an evaluation set of the same captions beside the lake."""
    ingest_scenes(root)
    texts = Lake.open(root).read("captions")["text"].to_pylist()
    with (root.parent / _TWIN).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["audiocap_id", "youtube_id", "start_time", "caption"])
        rows.writerows([n, f"{n:011d}", 0, text] for n, text in enumerate(texts))


def compare_with_twin(root: Path) -> None:
    """Look for the twin's captions in the lake."""
    twin = {"name": "twin", "kind": "audiocaps", "path": str(root.parent / _TWIN)}
    run_entry(root, step="decontaminate", sets=[twin], captions="drop")


def judged_scenes(root: Path) -> None:
    """Ingest scenes, and give their lake a judge that is quickly made."""
    ingest_scenes(root)
    give_judge(Lake.open(root))


def fitted_scenes(root: Path) -> None:
    """Ingest scenes, and fit a small codec on them."""
    ingest_scenes(root)
    ready_codec(Lake.open(root), settings=_SMALL_CODEC)


def encoded_scenes(root: Path) -> None:
    """Ingest and encode scenes."""
    fitted_scenes(root)
    run_entry(root, step="encode")


def sampled_scenes(root: Path) -> None:
    """Ingest scenes and assemble the samples of a stage."""
    ingest_scenes(root)
    run_steps(root, _SAMPLES)


def answered_scenes(root: Path) -> None:
    """Make scenes that two models answered, and random weights of OpenL3 beside the lake."""
    lake = Lake.open(root)
    rows = fill_scenes(lake, 4, seconds=0.3)
    sounds = {audio.clip_id: [audio.audio.bytes] for audio in rows["audio"]}
    for model in ("one@1", "two@1"):
        fill_generations(lake, rows, sounds, model=model)
    os.environ["UALM_WEIGHTS"] = str(root.parent / "store")
    given = save(root.parent / "openl3.h5", seed=1)
    add("openl3-mel256-env-512", given, lambda *_: None, link=True, accept=True)


def hear_scenes(root: Path) -> None:
    """Let OpenL3 hear generations, real sound and noise."""
    os.environ["UALM_WEIGHTS"] = str(root.parent / "store")
    run_steps(root, feature_steps("stable-audio-metrics", "env", metrics=["fd"]))


@dataclass(frozen=True, kw_only=True)
class Killed:
    """A step that is killed."""

    run: Callable[[Path], None]
    """Brings a lake up to date."""
    prepare: Callable[[Path], None] | None = None
    """Makes what the step starts from, undisturbed."""


def _after_ingest(step: str, **options: object) -> Killed:
    return Killed(run=partial(run_entry, step=step, **options), prepare=ingest_scenes)


def _judged(step: str, **options: object) -> Killed:
    return Killed(run=partial(run_entry, step=step, **options), prepare=judged_scenes)


STEPS: dict[str, Killed] = {
    "shards": Killed(run=write_shards),
    "ingest": Killed(run=ingest_scenes),
    "ingest-workers": Killed(run=partial(ingest_scenes, scenes=40)),
    "rich-captions": _after_ingest("rich-captions"),
    "caption-checks": _after_ingest("caption-checks", events=False),
    "fingerprint": Killed(run=partial(run_steps, steps=(Fingerprint(),)), prepare=ingest_scenes),
    "dedup": _after_ingest("dedup"),
    "decontaminate": Killed(run=compare_with_twin, prepare=scenes_with_twin),
    "policy": _after_ingest("policy"),
    "captions": _judged("captions"),
    "measure": _judged("measure"),
    "encode": Killed(run=partial(run_entry, step="encode"), prepare=fitted_scenes),
    "samples": Killed(run=partial(run_steps, steps=_SAMPLES), prepare=ingest_scenes),
    "blend-weights": Killed(run=partial(run_steps, steps=_WEIGHTS), prepare=sampled_scenes),
    "features": Killed(run=hear_scenes, prepare=answered_scenes),
    "sequences": Killed(
        run=partial(run_entry, step="samples", stage=_STAGE), prepare=encoded_scenes
    ),
}
"""Every step by name; one more is one more line."""


def _rows(table: str, slot: str) -> pa.Table:
    if table == "datasets":
        row = Dataset(dataset_id=slot, name="kill", split="test", digest=slot, items=1)
    else:
        facts = {"table": "x", "row_id": slot, "step": "kill", "decision": "drop"}
        row = LedgerRow(ledger_id=slot, reason="kill", **facts)
    return TABLES[table].from_rows([row])
