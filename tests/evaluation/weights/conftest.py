"""An empty store, and a small entry of the table whose file a server of the test has."""

import hashlib

import pytest

from evaluation.weights.entries import ENTRIES, Content, Digest, WeightsEntry, WeightsPart

CONTENT = bytes(range(256)) * 4096
"""A megabyte that is not the same everywhere."""


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """Return the store's folder; nothing of the user's environment reaches the test."""
    folder = tmp_path / "store"
    monkeypatch.setenv("UALM_WEIGHTS", str(folder))
    for variable in ("UALM_WEIGHTS_MIRROR", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture
def table(monkeypatch):
    """Return a function that adds an entry to the table for the test."""

    def add(entry):
        monkeypatch.setitem(ENTRIES, entry.name, entry)
        return entry

    return add


@pytest.fixture
def tiny(table):
    """Return a function that adds `tiny`, whose one file is CONTENT, published at an address."""

    def add(url="http://127.0.0.1:9/tiny.bin", **content):
        return table(tiny_entry(url, **content))

    return add


def tiny_entry(url, **content):
    known = {"size": len(CONTENT), "digest": sha256(CONTENT)} | content
    return entry("tiny", [WeightsPart(url=url, kept=Content(name="tiny.bin", **known))])


def entry(name, parts):
    return WeightsEntry(
        name=name, parts=tuple(parts), licence="CC0", needed_by="tests", folder=name
    )


def sha256(data, *, reported=True):
    return Digest(value=hashlib.sha256(data).hexdigest(), reported=reported)


def md5(data):
    return Digest(value=hashlib.md5(data).hexdigest(), kind="md5")  # noqa: S324 (as published)


def silent(*_):
    """Show no progress."""
    return silent
