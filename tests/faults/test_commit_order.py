"""Tables are committed one after another: a kill between two must leave no open reference."""

import importlib
import inspect
import pkgutil

import pytest

import pipelines
from pipelines.running.step import Step
from schemas.leaves import leaves
from schemas.tables import TABLES


def concrete(step):
    """Yield the steps below a class that can be run."""
    if not inspect.isabstract(step):
        yield step
    for inner in step.__subclasses__():
        yield from concrete(inner)


for module in pkgutil.walk_packages(pipelines.__path__, "pipelines."):
    importlib.import_module(module.name)
STEPS = [step for step in concrete(Step) if step.__module__.startswith("pipelines.")]


def open_references(tables):
    """Return (table, table it refers to) where the second is committed after the first."""
    order = {name: place for place, name in enumerate(tables)}
    return {
        (name, target)
        for name in tables
        for leaf in leaves(TABLES[name])
        if leaf.column.references
        and order.get(target := leaf.column.references.split(".")[0], -1) > order[name]
    }


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_commits_tables_before_those_that_refer_to_them(step):
    assert open_references(step.tables) == set()


def test_a_reference_is_open_where_the_parent_comes_later():
    first = ("ledger", "recordings", "clips", "captions", "rich_captions", "audio")
    assert open_references(first) == set()
    assert open_references(("clips", "recordings")) == {("clips", "recordings")}
