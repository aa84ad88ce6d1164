"""Rows a second of near-duplicate captions against datatrove's MinHash, and what each finds.

Both read the same JSONL of captions and write one of the rows that they keep, in a process of its
own, alternating. The input is AudioCaps train and test (54,713 captions) and behind them edits of
one word, planted: an edit is found if not both it and its caption are kept.

    python -m bench.dedup                # 3 rounds, 1 and 2 cores; needs make bench-peers
    python -m bench.dedup --rounds 1 --cores 2
    python -m bench.dedup --sounds       # fingerprints: re-encodings of the 300 real clips found
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.pipelines.duplicates import edits

PEERS_PYTHON = Path(__file__).parents[1] / ".venv-peers/bin/python"
PLANTED = {
    "typo": edits.typo,
    "ending": edits.ending,
    "function word": edits.function_word,
    "one more word": edits.inserted,
    "another word (9 and more)": edits.long_changed,
}
OTHERS = {
    "another word (up to 8)": edits.short_changed,
    "turned round": edits.turned,
    "one more event": edits.extended,
    "denied": edits.denied,
}


def main() -> None:
    """Run a contestant if one is named, else all of them and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--each", type=int, default=500, help="planted edits of each kind")
    parser.add_argument("--sounds", action="store_true", help="fingerprints instead of captions")
    parser.add_argument("--contestant", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        print(ualm(*arguments.contestant))
    elif arguments.sounds:
        from bench.dedup_sounds import sounds  # noqa: PLC0415

        sounds()
    elif not edits.AUDIOCAPS.is_dir():
        sys.exit(f"expected the captions of AudioCaps at {edits.AUDIOCAPS}")
    elif not PEERS_PYTHON.is_file():
        sys.exit(f"expected the peers' environment at {PEERS_PYTHON}; run: make bench-peers")
    else:
        compare(arguments.rounds, arguments.cores, arguments.each)


def ualm(given: Path, kept: Path) -> float:
    """Write the captions that stay; return the seconds from file to file."""
    import polars as pl  # noqa: PLC0415

    from pipelines.duplicates.caption_clusters import caption_verdicts  # noqa: PLC0415
    from pipelines.duplicates.captions import (  # noqa: PLC0415
        THRESHOLD,
        TextReader,
        caption_edges,
    )
    from pipelines.duplicates.grouping import Grouping  # noqa: PLC0415
    from pipelines.duplicates.history import Before  # noqa: PLC0415

    began = time.perf_counter()
    rows = [json.loads(line) for line in given.read_text(encoding="utf-8").splitlines()]
    reader = TextReader()
    reader.add([row["text"] for row in rows])
    texts = reader.texts()
    edges = caption_edges(texts, THRESHOLD, Grouping(), kept.parent)
    ids = [row["id"] for row in rows]
    facts = pl.DataFrame({"caption_id": ids, "sound": ids}).with_columns(
        root=pl.lit("all"), at=pl.int_range(pl.len()), human=pl.lit(value=True), sound_kept=True
    )
    rule = ("drop", THRESHOLD)
    verdicts = caption_verdicts(facts, edges, texts.contents, Before(), rule)[0]
    gone = set(verdicts.filter(~verdicts["keep"].to_numpy())["row_id"].to_pylist())
    lines = (json.dumps(row) for row in rows if row["id"] not in gone)
    kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return time.perf_counter() - began


def compare(rounds: int, cores: list[int], each: int) -> None:
    """Run both, alternating, and print rows a second, ratios, and what each found."""
    captions = edits.audiocaps("train", "test")
    planted = plant(PLANTED, captions, each)
    texts = captions + [edited for pairs in planted.values() for _, edited in pairs]
    took: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "captions.jsonl"
        rows = (json.dumps({"id": f"{n:06d}", "text": text}) for n, text in enumerate(texts))
        given.write_text("\n".join(rows) + "\n", encoding="utf-8")
        for turn in range(rounds):
            for count in cores:
                names = ["ualm", "datatrove"]
                for name in names if turn % 2 == 0 else names[::-1]:
                    kept = Path(folder) / f"{name}.jsonl"
                    took.setdefault((name, count), []).append(run(name, given, kept, count))
        for name in ("ualm", "datatrove"):
            found(name, Path(folder) / f"{name}.jsonl", texts, planted)
    speed(took, len(texts))
    others(captions, each)


def run(name: str, given: Path, kept: Path, cores: int) -> float:
    """Return the seconds that a contestant took, imports apart, on so many cores."""
    if name == "ualm":
        command = [sys.executable, "-m", "bench.dedup", "--contestant", str(given), str(kept)]
    else:
        command = [str(PEERS_PYTHON), "-m", "bench.dedup_peers", str(given), str(kept), str(cores)]
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[:cores])
    try:
        done = subprocess.run(  # noqa: S603 (our own modules)
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    finally:
        os.sched_setaffinity(0, allowed)
    seconds = float(done.stdout.splitlines()[-1])
    print(f"{name}, {cores} cores: {seconds:.2f} s", flush=True)
    return seconds


def plant(
    makers: dict[str, object], captions: list[str], each: int
) -> dict[str, list[tuple[str, str]]]:
    """Return pairs (caption, edited) by kind."""
    words = edits.vocabulary_of(captions)
    with_words = {edits.long_changed, edits.short_changed}
    found = {}
    for name, make in makers.items():
        more = {"vocabulary": words} if make in with_words else {}
        found[name] = edits.planted(make, captions, each, **more)
    return found


def found(
    name: str, kept: Path, texts: list[str], planted: dict[str, list[tuple[str, str]]]
) -> None:
    """Print how many rows stay, exact duplicates among them, and the edits found by kind."""
    from pipelines.duplicates.words import normalised  # noqa: PLC0415

    stay = {json.loads(line)["id"] for line in kept.read_text(encoding="utf-8").splitlines()}
    there = [normalised(texts[int(one)]) for one in stay]
    left = len(there) - len(set(there))
    texts_kept = set(there)
    print(f"\n{name}: {len(stay)} of {len(texts)} rows stay, {left} exact duplicates among them")
    total = hits = 0
    for kind, pairs in planted.items():
        both = sum(normalised(a) in texts_kept and normalised(b) in texts_kept for a, b in pairs)
        print(f"  {kind:<28}{len(pairs) - both} of {len(pairs)} found")
        total, hits = total + len(pairs), hits + len(pairs) - both
    print(f"  recall {hits / total:.4f}")


def speed(took: dict[tuple[str, int], list[float]], rows: int) -> None:
    """Print rows a second and the ratio, round by round."""
    for count in sorted({cores for _, cores in took}):
        ours, theirs = took["ualm", count], took["datatrove", count]
        ratios = [other / own for own, other in zip(ours, theirs, strict=True)]
        print(
            f"\n{count} cores: ualm {rate(rows, ours)} rows/s, datatrove {rate(rows, theirs)} "
            f"rows/s; ratio {statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})"
        )


def rate(rows: int, seconds: Iterable[float]) -> str:
    """Return the median of rows a second."""
    return f"{statistics.median(rows / one for one in seconds):,.0f}"


def others(captions: list[str], each: int) -> None:
    """Print how many changes that make another sound of a caption are taken for duplicates."""
    from pipelines.duplicates.caption_similarity import similarity  # noqa: PLC0415
    from pipelines.duplicates.captions import THRESHOLD  # noqa: PLC0415

    print("\nother sounds taken for duplicates by the rule (precision):")
    for kind, pairs in plant(OTHERS, captions, each).items():
        wrong = sum(similarity(*map(edits.content, pair)) >= THRESHOLD for pair in pairs)
        print(f"  {kind:<28}{wrong} of {len(pairs)}")


if __name__ == "__main__":
    main()
