"""`ualm evaluate add`: a benchmark's file into a lake, and what is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from evaluation.benchmarks.benchmark_file import BenchmarkFile
    from schemas.lake import Lake

_DIGITS = 12


def add(
    benchmark: Annotated[str, typer.Argument(help="mmau, mmar, mmlu, gsm8k or humaneval.")],
    path: Annotated[
        Path, typer.Argument(help="Its file as published (JSON, CSV, Parquet), or MMLU's folder.")
    ],
    *,
    lake: Annotated[
        Path | None,
        typer.Option("--lake", help="Folder of the lake, made if missing; without it, only look."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Read a benchmark's questions and say what is wrong with its file.

    With --lake, they go to `datasets` and `items`, each defect to `ledger`. The same file again
    changes nothing; a file with another digest is a dataset of its own beside the first.

    Example: ualm evaluate add mmau mmau-test-mini.json --lake lake
    """
    from evaluation.audio.screen import print_json
    from evaluation.benchmarks.known import read_splits
    from schemas.lake import Lake

    with user_errors():
        files = read_splits(benchmark, path)
        opened = None if lake is None else Lake.create(lake)
        told = [_added(file, opened) for file in files]
    if json:
        print_json({"datasets": told})
        return
    for report in told:
        _print(report, lake)


def _added(file: "BenchmarkFile", lake: "Lake | None") -> dict[str, Any]:
    from collections import Counter

    from evaluation.benchmarks.readers.storing import other_digests, store

    changed = lake is not None and store(file, lake)
    reasons = Counter(finding.reason for finding in file.findings)
    return {
        "name": file.dataset.name,
        "split": file.dataset.split,
        "items": file.dataset.items,
        "digest": file.dataset.digest,
        "known": file.known,
        "version": file.dataset.version,
        "licence": file.dataset.licence,
        "answers": "given" if any(item.answer for item in file.items) else "withheld",
        "stored": lake is not None,
        "changed": changed,
        "warnings": _warnings(file, other_digests(file, lake) if lake else []),
        "findings": [
            {
                "reason": reason,
                "count": count,
                "first": next(
                    f"{own.source_id}: {own.detail}"
                    for own in file.findings
                    if own.reason == reason
                ),
            }
            for reason, count in reasons.most_common()
        ],
    }


def _warnings(file: "BenchmarkFile", others: list[str]) -> list[str]:
    from evaluation.benchmarks.known import benchmark_named

    own = file.dataset
    warnings = []
    if file.known == "unknown":
        warnings.append(
            f"the digest {own.digest[:_DIGITS]} is unknown: the file is not one whose counts and "
            "reference figures are tested here; another version of it, or edited"
        )
    published = benchmark_named(own.name).sizes.get(own.split)
    if published is None:
        warnings.append(f"{own.name} has no published split {own.split!r}")
    elif published != own.items:
        warnings.append(
            f"{own.items:,} items, but {own.name} {own.split} was published with {published:,}: "
            "figures over it are of a part or of another version"
        )
    if others:
        digests = ", ".join(digest[:_DIGITS] for digest in others)
        warnings.append(
            f"the lake holds another file of this split ({digests}); they stay apart, and so do "
            "the answers to them"
        )
    return warnings


def _print(report: dict[str, Any], lake: Path | None) -> None:
    version = f", version {report['version']}" if report["version"] else ""
    typer.echo(
        f"{report['name']} {report['split']}: {report['items']:,} items, "
        f"SHA-256 {report['digest'][:_DIGITS]} ({report['known']}{version}), "
        f"licence {report['licence'] or 'not stated'}, answers {report['answers']}"
    )
    for warning in report["warnings"]:
        typer.echo(f"  WARNING: {warning}", err=True)
    for finding in report["findings"]:
        typer.echo(f"  {finding['reason']}: {finding['count']} (first: {finding['first'][:160]})")
    if not report["findings"]:
        typer.echo("  no defects found")
    if not report["stored"]:
        typer.echo("  only looked at; --lake LAKE keeps it")
    else:
        typer.echo(f"  {'added to' if report['changed'] else 'already in'} {lake}")
