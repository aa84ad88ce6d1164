"""A corpus plan against a run of ten times its sample: 30 to 300 real clips, and 30 to 300 scenes.

Prints, for every table, step and the whole, what was foretold over what came: rows and bytes are
expected within a tenth (small tables apart), CPU within a quarter on a quiet machine.

    python -m bench.plan
"""

import tempfile
from pathlib import Path

from pipelines.corpus.entries.entry import Running
from pipelines.corpus.run import read_corpus, running_from
from pipelines.planning.forecast import Forecast, Prices, forecast
from pipelines.planning.measuring import Measured, Sample, measure, source_rows
from pipelines.planning.sampling import measured_runs

CLIPS = Path(__file__).parents[1].parent / "shared/data/clips.jsonl"
STEPS = ("encode", "rich-captions", "prompts", "dialogues")
SAMPLE, WHOLE = 30, 300


def main() -> None:
    """Plan and run both corpora, and print how they compare."""
    for name, given in (("folder", str(CLIPS)), ("scenes", str(WHOLE))):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.toml"
            ingest = f'[[steps]]\nstep = "ingest"\nsource = "{name}"\ninput = "{given}"\n'
            path.write_text(ingest + "".join(f'[[steps]]\nstep = "{step}"\n' for step in STEPS))
            found, came = compared(path, Path(folder) / "weights")
        print(f"\n{name}: {SAMPLE} items foretold {found.rows}; foretold / came")
        report(found, came)


def compared(path: Path, weights: Path) -> tuple[Forecast, Measured]:
    """Return what the sample foretold, and what the whole took once its weights were there."""
    corpus, running = read_corpus(path), running_from(path, Running())
    (listed,) = source_rows(corpus, running)
    runs, once = measured_runs(
        corpus, running, [listed], listed // SAMPLE, None, lambda line: print(f"  {line}")
    )
    whole = Sample(every=1, most=(listed,))
    measure(corpus, running, Sample(every=listed // SAMPLE, most=(SAMPLE,)), weights)
    came = measure(corpus, running, whole, weights)
    return forecast(runs, listed, 1, Prices(), once), came


def report(found: Forecast, came: Measured) -> None:
    """Print the ratios."""
    print(f"{'table':<18}{'rows':>8}{'rows':>8}{'bytes':>12}{'bytes':>8}")
    for table, (rows, size) in sorted(came.tables.items()):
        told = found.tables[table]
        ratios = told.rows.value / rows if rows else 1.0, told.bytes.value / size
        print(f"{table:<18}{rows:>8}{ratios[0]:>8.2f}{size:>12}{ratios[1]:>8.2f}")
    size = sum(held for _, held in came.tables.values())
    print(f"{'all':<18}{'':>16}{size:>12}{found.bytes / size:>8.2f}")
    print(f"{'step':<18}{'CPU s':>8}{'':>8}")
    for name, took in came.steps.items():
        ratio = 3600 * found.steps[name].cpu_hours.value / took.cpu_s
        print(f"{name:<18}{took.cpu_s:>8.2f}{ratio:>8.2f}")
    cpu = sum(took.cpu_s for took in came.steps.values())
    print(f"{'all':<18}{cpu:>8.2f}{3600 * found.cpu_hours.value / cpu:>8.2f}")


if __name__ == "__main__":
    main()
