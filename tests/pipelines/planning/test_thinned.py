from itertools import chain

import pytest

from pipelines.planning.thinned import Thinned
from pipelines.sources.scenes import Scenes
from schemas.audio.sound import Limits

SCENES = Scenes(count=50)


def ids(source, position=0):
    return [item.source_id for item in source.items(position)]


@pytest.mark.parametrize("every", [1, 3, 7, 50, 80])
def test_all_phases_together_are_the_source_each_item_once(every):
    parts = [ids(Thinned(source=SCENES, every=every, phase=phase)) for phase in range(every)]
    assert sorted(chain.from_iterable(parts)) == ids(SCENES)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("phase", [0, 2])
def test_the_listing_goes_on_from_any_of_its_items(phase):
    thin = Thinned(source=SCENES, every=4, phase=phase)
    items = list(thin.items())
    for place, item in enumerate(items):
        assert list(thin.items(item.position)) == items[place:]


def test_an_items_sound_is_that_of_the_source_and_its_rows_are_not_taken_for_the_sources():
    thin = Thinned(source=SCENES, every=9)
    item = next(iter(thin.items()))
    ours, theirs = (source.receive(item, Limits()).sound for source in (thin, SCENES))
    assert (ours.samples == theirs.samples).all()
    assert (thin.name, thin.root) == (SCENES.name, SCENES.root)
    assert thin.parameters() != SCENES.parameters()
