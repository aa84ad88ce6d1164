"""`ualm weights`: the store of official weights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from evaluation.weights.download import Advance
    from evaluation.weights.listing import Listed
    from evaluation.weights.store import WeightsFile

weights = typer.Typer(
    no_args_is_help=True, help="Fetch, add, list and check the weights of published scorers."
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-digest", help="Take a file whose reported digest or size differs; recorded."
    ),
]


@weights.command()
def ls(*, json: JsonOption = False) -> None:
    """List every entry: size, state, digest, licence, what needs it.

    Digests: `reported` is published, but the file was not seen here;
    `unknown` is not published; `verified` is that of the file here;
    `recorded`: none is published, so that of the first file was kept;
    `differs`: the file here has another one, which was accepted.

    Example: ualm weights ls
    """
    from evaluation.weights.listing import listed
    from evaluation.weights.store import store_folder

    with user_errors():
        entries = listed()
    if json:
        from dataclasses import asdict
        from json import dumps

        typer.echo(dumps([asdict(entry) for entry in entries], indent=2))
    else:
        _print_table(entries)
        typer.echo(f"store: {store_folder()} (UALM_WEIGHTS moves it)")


@weights.command()
def pull(
    *,
    names: Annotated[list[str] | None, typer.Argument(help="Names of `ualm weights ls`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every entry of the table.")] = False,
    accept_digest: AcceptOption = False,
) -> None:
    """Download weights; go on where an earlier download stopped.

    A file gets its name when its digest is right. UALM_WEIGHTS_MIRROR,
    a folder or an address with NAME/FILE below it, is used instead of the
    published addresses; HF_HUB_OFFLINE=1 forbids the network.

    Example: ualm weights pull openl3-mel256-env-512 passt-s-ap476
    """
    from evaluation.weights.entries import ENTRIES
    from evaluation.weights.pulling import pull as pull_one

    with user_errors():
        if bool(names) == every:
            msg = "expected names of `ualm weights ls`, or --all"
            raise ValueError(msg)
    failed = 0
    for name in names or ENTRIES:
        try:
            with user_errors(), _progress() as progress:
                _print_here(pull_one(name, progress, accept=accept_digest))
        except typer.Exit as stop:
            failed = max(failed, stop.exit_code)
    if failed:
        raise typer.Exit(failed)


@weights.command()
def add(
    *,
    name: Annotated[str, typer.Argument(help="Name of `ualm weights ls`.")],
    path: Annotated[Path, typer.Argument(help="The file, or a folder that holds it.")],
    link: Annotated[bool, typer.Option("--link", help="Hard-link instead of copying.")] = False,
    accept_digest: AcceptOption = False,
) -> None:
    """Take what you downloaded yourself into the store: a file, or a folder.

    Example: ualm weights add cnn14-32k ~/Downloads/Cnn14_mAP=0.431.pth
    """
    from evaluation.weights.adding import add as add_one

    with user_errors(), _progress() as progress:
        _print_here(add_one(name, path, progress(name), link=link, accept=accept_digest))


@weights.command()
def verify(
    *,
    names: Annotated[
        list[str] | None, typer.Argument(help="Names; without one, all that is in the store.")
    ] = None,
) -> None:
    """Read all bytes again; say what is missing, changed or extra.

    The exit code is 1 on any finding. Nothing is changed.

    Example: ualm weights verify
    """
    from evaluation.weights.verifying import verified

    with user_errors():
        sound, findings = verified(names or [])
    for finding in findings:
        typer.echo(f"{finding.kind}: {finding.path}: {finding.detail}")
    typer.echo(f"files as recorded: {len(sound)}, findings: {len(findings)}")
    if findings:
        raise typer.Exit(1)


def _print_here(found: "WeightsFile") -> None:
    from evaluation.weights.entries import weights_entry
    from evaluation.weights.record import read_record
    from evaluation.weights.store import entry_folder

    typer.echo(f"{found.name}: {found.path} (sha256 {found.digest})")
    for name, known in read_record(entry_folder(weights_entry(found.name))).items():
        if known.check == "differs":
            typer.echo(f"{found.name}: {name} is NOT the published file, {known.published}")


@contextmanager
def _progress() -> "Iterator[Callable[[str], Advance]]":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    label = TextColumn("{task.description}", markup=False)
    console = Console(stderr=True)
    shown = Progress(
        label, *columns, console=console, transient=True, disable=not console.is_terminal
    )
    with shown as progress:

        def begin(name: str) -> "Advance":
            task = progress.add_task(name, total=None)
            return lambda done, total: progress.update(task, completed=done, total=total)

        yield begin


def _print_table(entries: "list[Listed]") -> None:
    from sys import stdout

    from rich.console import Console
    from rich.filesize import decimal
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("name", "size", "state", "digest", "licence", "needed by"):
        table.add_column(column, justify="right" if column == "size" else "left")
    for entry in entries:
        size = "unknown" if entry.size is None else decimal(entry.size)
        table.add_row(entry.name, size, entry.state, entry.digest, entry.licence, entry.needed_by)
    # Piped output has no width of its own: the table may need more than the usual 80.
    Console(highlight=False, width=None if stdout.isatty() else 140).print(table)
