"""Tables are committed one after another: a kill between two must leave no open reference."""

import pytest

from pipelines.contexts import Contexts
from pipelines.encode import Encode
from pipelines.generate import Generate
from pipelines.ingest import Ingest
from pipelines.preference_pairs import Pairs
from pipelines.samples import Samples
from pipelines.scores import Score
from pipelines.sequences import Sequences
from pipelines.synthesis.asking import Dialogues, Prompts
from pipelines.synthesis.captioning import RichCaptions
from pipelines.synthesis.critiquing import Critiques
from pipelines.synthesis.hearing import Hear
from schemas.leaves import leaves
from schemas.tables import TABLES

STEPS = (
    Contexts,
    Critiques,
    Dialogues,
    Encode,
    Generate,
    Hear,
    Ingest,
    Pairs,
    Prompts,
    RichCaptions,
    Samples,
    Score,
    Sequences,
)


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


def test_an_order_in_which_parents_come_first_leaves_nothing_open():
    first = ("ledger", "recordings", "clips", "captions", "rich_captions", "audio")
    assert open_references(first) == set()
