"""One hostile ingest, in a process that may be thrown away."""

# ruff: noqa: E402 (what is said between the imports has to be said there)

import logging
from collections import Counter
from pathlib import Path

logging.disable(logging.WARNING)  # Beam tells of clients that are not used
import apache_beam  # noqa: F401 (imported once, before processes are forked)

logging.disable(logging.NOTSET)

import pipelines.running.run_shards
import pipelines.running.runners
import pipelines.sources.conversations
import pipelines.sources.hf_parquet
import pipelines.sources.ualm_generation
import pipelines.sources.webdataset  # noqa: F401 (as above)
from pipelines.ingest.plan import Sharding
from pipelines.ingest.step import Ingest
from pipelines.running.run import run_step
from pipelines.sources.named import SourceOptions, source_named
from schemas.lake import Lake
from schemas.verify import verify
from tests.faults.hostile_cases import canary_digest


def ingest(kind: str, given: Path, root: Path) -> dict:
    """Ingest an input into a new lake.

    Args:
        kind: Key into `SOURCES`.
        given: The input.
        root: Folder of the lake.

    Returns:
        Ledger rows by reason, and what went wrong.
    """
    lake = Lake.create(root)
    options = SourceOptions() if kind == "folder" else SourceOptions(licence="CC0-1.0")
    source = source_named(kind, str(given), options)
    step = Ingest(source=source, sharding=Sharding(items=2, most_items=2))
    summary = run_step(step, lake)
    failures = [f"failed: {slot}: {error}" for slot, error in summary.errors]
    failures += [f"verify: {finding}" for finding in verify(lake)]
    ledger = lake.scan("ledger").collect()
    clips = lake.scan("clips").collect()
    if clips.filter(clips["pcm_sha256"] == canary_digest()).height:
        failures.append("the canary's sound is in the lake")
    if clips.height == 0:
        failures.append("the good sound beside the hostile part was lost")
    if ledger.height == 0:
        failures.append("the hostile part left no row in the ledger")
    return {"refused": dict(Counter(ledger["reason"].to_list())), "failures": failures}
