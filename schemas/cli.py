"""`ualm table`, `ualm sql` and `ualm corpus remove`: look after a lake."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from schemas.command import user_errors
from schemas.show import show, show_csv, show_json, size

table = typer.Typer(
    no_args_is_help=True, help="List, check, compact, clean and export the tables of a lake."
)

LakeOption = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Tables = Annotated[list[str] | None, typer.Argument(metavar="[TABLE]...", show_default=False)]


@table.command("ls")
def list_tables(*, lake: LakeOption, as_json: JsonOption = False) -> None:
    """List the tables that exist, with their newest version, rows and bytes.

    Example: ualm table ls --lake lake
    """
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        shown = []
        for name, version in opened.versions().items():
            files = opened.listed(name)
            shown.append(
                {
                    "table": name,
                    "version": version,
                    "rows": sum(rows for _, _, rows in files),
                    "shards": len(opened.shards(name)),
                    "files": len(files),
                    "bytes": sum(size for _, size, _ in files),
                }
            )
        written = {"rows": "{:,}".format, "bytes": size}
        show(shown, as_json=as_json, none=f"{lake} has no tables yet", written=written)


@table.command()
def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="One table; all by default.")
    ] = None,
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/tables.md.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what the columns of the tables hold: type, unit, range, reference.

    Example: ualm table schema clips
    """
    from schemas import dictionary
    from schemas.tables import TABLES, table_named

    with user_errors():
        chosen = list(TABLES.values()) if name is None else [table_named(name)]
        if markdown:
            typer.echo(dictionary.markdown(chosen), nl=False)
        elif as_json:
            rows = {declared.name: dictionary.dictionary(declared) for declared in chosen}
            show_json(rows)
        else:
            for declared in chosen:
                title = f"{declared.name}: {' '.join(declared.doc.split())}"
                show(dictionary.dictionary(declared), title=title)


@table.command()
def verify(tables: Tables = None, *, lake: LakeOption, as_json: JsonOption = False) -> None:
    """Re-hash every shard; check schema, counts, keys, references and ranges. Exit 1 if wrong.

    Example: ualm table verify --lake lake
    """
    from dataclasses import asdict

    from schemas.lake import Lake
    from schemas.verify import verify as verify_lake

    with user_errors():
        opened = Lake.open(lake)
        findings = verify_lake(opened, tables or ())
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"wrong: {finding}", err=True)
        if not findings:
            checked = [name for name in opened.versions() if not tables or name in tables]
            shards = sum(len(opened.shards(name)) for name in checked)
            typer.echo(f"verified: {shards} shards of {len(checked)} tables are as declared")
    if findings:
        raise typer.Exit(1)


@table.command()
def history(
    name: Annotated[str, typer.Argument(metavar="TABLE")],
    *,
    lake: LakeOption,
    as_json: JsonOption = False,
) -> None:
    """Show every version of a table: when, by which step, and how many files came and went.

    Example: ualm table history clips --lake lake
    """
    from schemas.history import history as commits_of
    from schemas.lake import Lake

    with user_errors():
        rows = [
            {
                "version": commit.version,
                "time": commit.time.isoformat(timespec="seconds"),
                "step": commit.step,
                "added": len(commit.added),
                "removed": len(commit.removed),
            }
            for commit in commits_of(Lake.open(lake), name)
        ]
        show(rows, as_json=as_json, none=f"{name} has no versions yet")


@table.command()
def compact(
    tables: Tables = None,
    *,
    lake: LakeOption,
    target_mb: Annotated[float, typer.Option(help="Size up to which files are merged.")] = 256,
) -> None:
    """Merge small files of some or all tables; no step has to run again for it.

    Example: ualm table compact clips --lake lake
    """
    from schemas.compaction import compact as compact_table
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        for name in tables or opened.versions():
            before, after = compact_table(opened, name, int(target_mb * 2**20))
            typer.echo(f"{name}: {before} files before, {after} after")


@table.command()
def gc(
    *,
    lake: LakeOption,
    keep_days: Annotated[
        float, typer.Option(help="Versions of so many days stay readable; 0: only the newest.")
    ] = 30,
    safe_hours: Annotated[
        float, typer.Option(help="Age that protects files of running jobs; above your longest.")
    ] = 168,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
) -> None:
    """Erase files that no kept version lists, and what killed jobs left behind.

    Example: ualm table gc --lake lake --keep-days 0 --dry-run
    """
    from schemas.garbage import collect, garbage
    from schemas.lake import Lake

    with user_errors():
        found = garbage(Lake.open(lake), keep_days, safe_hours)
        if dry_run:
            rows = [{"file": item.path, "bytes": item.size, "why": item.reason} for item in found]
            show(rows, none="nothing would be erased", written={"bytes": size})
        else:
            collect(found)
        freed = size(sum(item.size for item in found))
        typer.echo(f"{len(found)} files, {freed} {'would be ' * dry_run}erased")


@table.command()
def export(
    name: Annotated[str, typer.Argument(metavar="TABLE")],
    output: Annotated[Path, typer.Argument(help="New folder.")],
    *,
    lake: LakeOption,
    split: Annotated[str | None, typer.Option(help="Only the rows of this split.")] = None,
) -> None:
    """Write a table as a plain folder of Parquet files.

    Example: ualm table export clips clips-test --lake lake --split test
    """
    from schemas.export import export as export_table
    from schemas.lake import Lake

    with user_errors():
        files, rows = export_table(Lake.open(lake), name, output, split)
        typer.echo(f"{output}: {files} files, {rows} rows of {name}")


def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT statement.")],
    *,
    lake: LakeOption,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Ask a lake in SQL (DuckDB's): one view a table, SELECT only.

    Example: ualm sql "select split, count(*) from clips group by split" --lake lake
    """
    from schemas.lake import Lake
    from schemas.sql import connect, select

    with user_errors():
        if as_json and as_csv:
            msg = "expected --json or --csv, got both"
            raise ValueError(msg)
        with connect(Lake.open(lake)) as connection:
            found = select(connection, statement)
        if as_csv:
            show_csv(found.column_names, found.to_pylist())
        else:
            show(found.to_pylist(), as_json=as_json, columns=found.column_names)


def remove(
    *,
    lake: LakeOption,
    ids: Annotated[
        str | None,
        typer.Option(
            help="Recordings by id, or by the id of a clip: with commas, or @FILE with one a line."
        ),
    ] = None,
    uploader: Annotated[str | None, typer.Option(help="Everything that they published.")] = None,
    licence: Annotated[str | None, typer.Option(help="Everything under this licence.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Take recordings down: their rows leave every derived table, and stay out.

    `ualm table gc --keep-days 0` then erases the bytes. Checkpoints, runs and metrics that saw
    the rows are named, and left for you to decide about.

    Example: ualm corpus remove --uploader somebody --lake lake
    """
    from schemas.lake import Lake
    from schemas.removal import Takedown
    from schemas.removal import remove as take_down

    with user_errors():
        takedown = Takedown(ids=tuple(_ids(ids)), uploader=uploader, licence=licence)
        removal = take_down(Lake.open(lake), takedown, dry_run=dry_run)
    verb = "to remove" if dry_run else "removed"
    rows = [{"table": name, f"rows {verb}": count} for name, count in removal.rows.items()]
    show(rows, none="no rows left to remove")
    seen = removal.witnesses
    _name("checkpoints that saw the rows", seen.checkpoints)
    _name("runs that saw the rows", seen.runs)
    _name("metrics of those checkpoints", seen.metrics)
    _name("weights that do not say what they saw", seen.unrecorded)
    if rows and not dry_run:
        typer.echo(f"erase the bytes with: ualm table gc --keep-days 0 --lake {lake}")


def _ids(given: str | None) -> Iterable[str]:
    if given is None:
        return []
    text = given
    if given.startswith("@"):
        path = Path(given[1:])
        if not path.exists():
            msg = f"expected a file with an id a line at {path}, found none"
            raise ValueError(msg)
        text = path.read_text(encoding="utf-8")
    return [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]


def _name(what: str, names: Sequence[str]) -> None:
    if names:
        typer.echo(f"{what}: {', '.join(names)}")
