"""Peers that ingest as their users would: the same files in, the same sound out.

Each writes 16 kHz mono FLAC in cuts of one to ten seconds, into Parquet or into its own
container. None of them checks files, measures sounds or makes the other tables.
"""

import io
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

RATE = 16_000
SEGMENT = 10 * RATE
SHORTEST = RATE
BATCH = 64


def cuts(path: Path) -> Iterator[bytes]:
    """Yield the FLAC files of a sound: decoded, mixed, resampled and cut."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    kept = soxr.resample(samples.mean(axis=1), rate, RATE, quality="HQ")
    for start in range(0, len(kept), SEGMENT):
        if start and len(kept) - start < SHORTEST:
            return
        file = io.BytesIO()
        whole = np.clip(np.rint(kept[start : start + SEGMENT] * 32768), -32768, 32767)
        soundfile.write(file, whole.astype(np.int16), RATE, format="FLAC", subtype="PCM_16")
        yield file.getvalue()


def _listed(sidecar: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in sidecar.read_text(encoding="utf-8").splitlines()]
    return [{"path": str(sidecar.parent / row["path"]), "text": row["text"]} for row in rows]


def _batch_of_cuts(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
    made = [
        (text, data)
        for path, text in zip(batch["path"], batch["text"], strict=True)
        for data in cuts(Path(path))
    ]
    return {"text": [text for text, _ in made], "audio": [data for _, data in made]}


def datasets_map(sidecar: Path, folder: Path, cores: int) -> Callable[[], None]:
    """Prepare Hugging Face datasets: `map` in batches on processes, then Parquet."""
    import datasets  # noqa: PLC0415 (in the peers' environment only)

    datasets.disable_progress_bars()
    datasets.disable_caching()

    def run() -> None:
        rows = datasets.Dataset.from_list(_listed(sidecar))
        made = rows.map(
            _batch_of_cuts,
            batched=True,
            batch_size=BATCH,
            num_proc=cores if cores > 1 else None,
            remove_columns=["path", "text"],
            cache_file_name=str(folder / "cache.arrow"),
        )
        made.to_parquet(folder / "cuts.parquet")

    return run


def lhotse_audios(sidecar: Path, folder: Path, cores: int) -> Callable[[], None]:
    """Prepare lhotse: a manifest, lazy transforms, windows, saved as FLAC files on processes.

    Its own pool of processes imports torch in each of them; a forked one needs not, but hangs
    unless torch has one thread, so that is what it gets.
    """
    import lhotse  # noqa: PLC0415 (in the peers' environment only)
    import torch  # noqa: PLC0415 (as above)

    torch.set_num_threads(1)

    def cut_of(number: int, row: dict[str, Any]) -> Any:
        recording = lhotse.Recording.from_file(row["path"], recording_id=f"{number:06d}")
        cut = recording.resample(RATE).to_cut()
        return cut if recording.num_channels == 1 else cut.to_mono(mono_downmix=True)

    def run() -> None:
        recordings = (cut_of(number, row) for number, row in enumerate(_listed(sidecar)))
        whole = lhotse.CutSet.from_cuts(recordings)
        windows = whole.cut_into_windows(duration=10).to_eager()
        windows = windows.filter(lambda cut: cut.start == 0 or cut.duration >= 1).to_eager()
        with ProcessPoolExecutor(cores, get_context("fork")) as executor:
            saved = windows.save_audios(
                folder / "cuts",
                format="flac",
                num_jobs=cores,
                executor=executor,
                progress_bar=False,
            )
        saved.to_file(folder / "cuts.jsonl.gz")

    return run


def datatrove_pool(sidecar: Path, folder: Path, cores: int) -> Callable[[], None]:
    """Prepare datatrove: files of rows as tasks, its local executor's pool, its Parquet writer."""
    from datatrove.executor import LocalPipelineExecutor  # noqa: PLC0415 (as above)
    from datatrove.pipeline.readers import JsonlReader  # noqa: PLC0415
    from datatrove.pipeline.writers import ParquetWriter  # noqa: PLC0415
    from datatrove.utils.logging import logger  # noqa: PLC0415

    from bench.datatrove_cuts import Cuts  # noqa: PLC0415

    logger.remove()
    logging.getLogger().setLevel(logging.ERROR)

    def run() -> None:
        rows = _listed(sidecar)
        tasks = range(0, len(rows), BATCH)
        (folder / "rows").mkdir()
        for number, first in enumerate(tasks):
            lines = [json.dumps(row) + "\n" for row in rows[first : first + BATCH]]
            (folder / "rows" / f"{number:05d}.jsonl").write_text("".join(lines), encoding="utf-8")
        LocalPipelineExecutor(
            pipeline=[
                JsonlReader(str(folder / "rows"), text_key="text"),
                Cuts(),
                ParquetWriter(str(folder / "cuts"), compression=None),
            ],
            tasks=len(tasks),
            workers=cores,
            logging_dir=str(folder / "logs"),
            skip_completed=False,
            start_method="fork",
        ).run()

    return run


PEERS: dict[str, Callable[[Path, Path, int], Callable[[], None]]] = {
    "datatrove pool": datatrove_pool,
    "datasets.map": datasets_map,
    "lhotse": lhotse_audios,
}
