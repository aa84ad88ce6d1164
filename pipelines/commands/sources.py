"""`ualm corpus sources`: the kinds of sources, their licences, and what to download."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.sources.named import SourceKind


def sources(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/sources.md.")] = False,
) -> None:
    """List what `ualm corpus ingest` can read: licence, input, and what you have to download.

    Example: ualm corpus sources
    """
    import json

    from pipelines.sources.named import SOURCES
    from schemas.command import user_errors

    with user_errors():
        if as_json and markdown:
            msg = "expected --json or --markdown, got both"
            raise ValueError(msg)
    if as_json:
        kinds = {name: _told(kind) for name, kind in SOURCES.items()}
        typer.echo(json.dumps(kinds, indent=2, ensure_ascii=False))
    elif markdown:
        typer.echo(sources_page(), nl=False)
    else:
        _print_kinds()


def sources_page() -> str:
    """Return docs/sources.md."""
    from pipelines.sources.named import SOURCES

    lines = [
        "# Sources",
        "",
        "Written by `ualm corpus sources --markdown` from `pipelines/sources/named.py`.",
        "`ualm corpus ingest SOURCE INPUT --lake LAKE` reads one; see [containers](containers.md)",
        "for tars, Parquet, URLs and conversations. Licences are as the publisher states them: of",
        "the set, or of its texts; sounds often have one each.",
        "",
        "| source | what it is | INPUT | licence | download |",
        "|---|---|---|---|---|",
    ]
    for name, kind in SOURCES.items():
        cells = (kind.title, kind.given, kind.licence, kind.download)
        lines.append("| " + " | ".join([f"`{name}`", *(_cell(cell) for cell in cells)]) + " |")
    return "\n".join(lines) + "\n"


def _told(kind: "SourceKind") -> dict[str, str]:
    """Return what is said of a kind, without its reader."""
    return {
        "title": kind.title,
        "input": kind.given,
        "licence": kind.licence,
        "download": kind.download,
    }


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _print_kinds() -> None:
    from rich.console import Console
    from rich.text import Text

    from pipelines.sources.named import SOURCES

    console = Console(highlight=False, markup=False, soft_wrap=True)  # no URL is broken in two
    for name, kind in SOURCES.items():
        told = _told(kind)
        console.print(Text.assemble((name, "bold"), "  ", told.pop("title")))
        for fact, text in told.items():
            console.print(f"  {fact:<9} {text}")
