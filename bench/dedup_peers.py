"""datatrove's MinHash with its own defaults, from a JSONL of captions to one of those kept.

Runs in the peers' environment: `.venv-peers/bin/python -m bench.dedup_peers GIVEN KEPT WORKERS`
prints the seconds. Its four stages run in processes that datatrove starts; the input is divided
among as many as there are workers.
"""

import sys
import tempfile
import time
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter


def main() -> None:
    """Run the four stages and print the seconds."""
    given, kept, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = divided(given, folder / "given", workers)
        began = time.perf_counter()
        run_stages(parts, folder, workers)
        print(time.perf_counter() - began)
        written = sorted((folder / "kept").glob("*.jsonl"))
        kept.write_text("".join(one.read_text(encoding="utf-8") for one in written), "utf-8")


def divided(given: Path, folder: Path, parts: int) -> Path:
    """Divide the lines among files, one a worker."""
    folder.mkdir()
    lines = given.read_text(encoding="utf-8").splitlines(keepends=True)
    size = -(-len(lines) // parts)
    for part in range(parts):
        some = "".join(lines[part * size : (part + 1) * size])
        (folder / f"{part:02d}.jsonl").write_text(some, encoding="utf-8")
    return folder


def run_stages(given: Path, folder: Path, workers: int) -> None:
    """Sign, compare, cluster, filter."""
    config = MinhashConfig()
    signatures, buckets, gone = (str(folder / name) for name in ("signatures", "buckets", "gone"))
    stages = [
        (workers, [JsonlReader(str(given)), MinhashDedupSignature(signatures, config)]),
        (config.num_buckets, [MinhashDedupBuckets(signatures, buckets, config=config)]),
        (1, [MinhashDedupCluster(buckets, gone, config=config)]),
        (
            workers,
            [
                JsonlReader(str(given)),
                MinhashDedupFilter(gone),
                JsonlWriter(str(folder / "kept"), compression=None),
            ],
        ),
    ]
    for number, (tasks, pipeline) in enumerate(stages):
        logs = str(folder / f"logs{number}")
        LocalPipelineExecutor(
            pipeline=pipeline, tasks=tasks, workers=workers, logging_dir=logs
        ).run()


if __name__ == "__main__":
    main()
