"""Where the project and the real data beside it are, for tests of every room."""

from pathlib import Path

PROJECT = Path(__file__).parents[1]
DATA = PROJECT.parent / "shared/data"
"""Tests that need it are skipped where it is not."""
