import re

import pytest
import typer

from tests.places import PROJECT
from ualm.cli import app

PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").glob("*.md"))]
FOLDERS = "bench|docs|evaluation|pipelines|reports|schemas|tests|training|ualm"
COMMAND = re.compile(
    r"(?:^ {4}(?:\.venv/bin/)?|`(?:\.venv/bin/)?)ualm ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?",
    re.MULTILINE,
)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pages
def test_every_file_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", text))
    linked = set(re.findall(r"\]\(([\w./-]+)\)", text))
    missing = {path for path in named if not (PROJECT / path).exists()}
    assert missing | {path for path in linked if not (page.parent / path).exists()} == set()


@pages
def test_every_command_that_a_page_names_is_there(page):
    unknown = []
    for name, inner in COMMAND.findall(page.read_text(encoding="utf-8")):
        found = typer.main.get_command(app).commands.get(name)
        inside = getattr(found, "commands", None)
        if found is None or (inside is not None and inner and inner not in inside):
            unknown.append(f"{name} {inner}")
    assert unknown == []


def test_contributing_names_a_marker_for_each_that_there_is():
    markers = re.findall(
        r'^  "(\w+): ', (PROJECT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert markers
    assert [marker for marker in markers if f"`{marker}`" not in text] == []
