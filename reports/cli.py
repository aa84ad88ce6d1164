"""`ualm report`: the DuckDB file and the HTML page of a lake."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

report = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Report on a lake: a DuckDB file to ask in SQL, and an HTML page to read and hear.",
)

LakeOption = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]


@report.command()
def build(
    lake: LakeOption,
    output: Annotated[Path, typer.Option(help="DuckDB file to write.")] = Path("report.duckdb"),
) -> None:
    """Write one DuckDB file with the lake's tables and every report view.

    Encoded sound, codes and vectors stay in the lake; `table_files` names their Parquet files.

    Example: ualm report build --lake LAKE --output report.duckdb
    """
    from reports.database import build_database
    from schemas.lake import Lake
    from schemas.show import size

    with _mistakes_exit_2():
        path = build_database(Lake.open(lake), output)
    typer.echo(f"{path}: {size(path.stat().st_size)}")
    typer.echo(f'ask it: ualm report sql "from corpus_by_source" --database {path}')


@report.command()
def sql(
    statement: Annotated[
        str | None, typer.Argument(help="One SELECT statement; the views' names without one.")
    ] = None,
    *,
    database: Annotated[Path, typer.Option(help="File that `ualm report build` wrote.")] = Path(
        "report.duckdb"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask a report database in SQL (DuckDB's): the lake's tables and every report view.

    Example: ualm report sql "from judge_trust" --database report.duckdb
    """
    from reports.ask import VIEWS, ask
    from schemas.show import show

    with _mistakes_exit_2():
        found = ask(database, statement or VIEWS)
    show(found.to_pylist(), as_json=as_json, columns=found.column_names)


@report.command()
def html(
    lake: LakeOption,
    output: Annotated[Path, typer.Option(help="HTML page to write.")] = Path("report.html"),
    contexts: Annotated[int, typer.Option(help="Most contexts with players.", min=0)] = 12,
    candidates: Annotated[int, typer.Option(help="Most candidates of a context.", min=1)] = 5,
) -> None:
    """Write one self-contained HTML page: tables, charts and audio players.

    Example: ualm report html --lake LAKE --output report.html
    """
    from reports.html import write_page
    from schemas.lake import Lake
    from schemas.show import size

    with _mistakes_exit_2():
        page = write_page(Lake.open(lake), output, contexts, candidates)
    typer.echo(
        f"{page.path}: {size(page.bytes)}, "
        f"players for {page.contexts} of {page.all_contexts} contexts"
    )


@contextmanager
def _mistakes_exit_2() -> Iterator[None]:
    """Say a user's mistake in one line and exit 2; exit 1 where the disk failed."""
    try:
        yield
    except ValueError as error:
        typer.secho(f"error: {error}", fg="red", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.secho(f"error: could not write the report: {error}", fg="red", err=True)
        raise typer.Exit(1) from error
