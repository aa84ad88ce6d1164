import json
import subprocess
import sys

from typer.testing import CliRunner

from pipelines.commands.sources import sources_page
from pipelines.sources.named import SOURCES
from tests.places import PROJECT
from ualm.cli import app

PAGE = PROJECT / "docs/sources.md"


def said(*options):
    result = CliRunner().invoke(app, ["corpus", "sources", *options])
    assert result.exit_code == 0
    return result.stdout


def test_the_page_of_sources_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == sources_page(), (
        "run `ualm corpus sources --markdown > docs/sources.md`"
    )
    assert said("--markdown") == sources_page()


def test_every_source_says_its_licence_its_input_and_what_to_download():
    told = json.loads(said("--json"))
    assert list(told) == list(SOURCES)
    for facts in told.values():
        assert set(facts) == {"title", "input", "licence", "download"}
        assert all(text.strip() for text in facts.values())


def test_the_list_for_people_holds_every_source_and_breaks_no_url():
    lines = said().splitlines()
    for name, kind in SOURCES.items():
        assert f"{name}  {kind.title}" in lines
        assert f"  download  {kind.download}" in lines


def test_json_and_markdown_at_once_are_an_error():
    result = CliRunner().invoke(app, ["corpus", "sources", "--json", "--markdown"])
    assert result.exit_code == 2
    assert "expected --json or --markdown, got both" in result.stderr


def test_listing_the_sources_imports_nothing_heavy():
    heavy = ("apache_beam", "torch", "pyarrow", "numpy", "polars", "soundfile", "av", "fsspec")
    script = (
        "import sys; from typer.testing import CliRunner; from ualm.cli import app\n"
        "assert CliRunner().invoke(app, ['corpus', 'sources']).exit_code == 0\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
