import base64

import duckdb
import pytest

from reports.database import fill
from reports.players import data_uri, listenings, sounds, timeline
from tests.reports import lake_rows as rows


@pytest.fixture
def listen(lake):
    """Return a function that fills a database and returns the lake's listenings."""

    def heard(contexts=12, candidates=5):
        with duckdb.connect() as connection:
            fill(connection, lake)
            return listenings(connection, lake, contexts, candidates)

    return heard


def put_contexts(lake, count, samples):
    rows.put(lake, "contexts", *[rows.context(f"x{i}", f"text {i}") for i in range(count)])
    made = [
        rows.generation(f"x{i}-{s}", f"x{i}", s, 200.0 + s)
        for i in range(count)
        for s in range(samples)
    ]
    rows.put(lake, "generations", *made)
    return {each.generation_id: each.audio.bytes for each in made}


def test_contexts_with_a_pair_come_first_and_the_number_is_bounded(lake, listen):
    put_contexts(lake, 4, 2)
    rows.put(lake, "preference_pairs", rows.pair("x3-1", "x3-0", "x3"))
    assert [item.context_id for item in listen(contexts=3)] == ["x3", "x0", "x1"]


def test_winner_and_loser_are_shown_before_the_others(lake, listen):
    made = put_contexts(lake, 1, 6)
    rows.put(lake, "preference_pairs", rows.pair("x0-4", "x0-5", "x0"))
    (item,) = listen(candidates=3)
    assert [(each.sample, each.role) for each in item.candidates] == [
        (4, "winner"),
        (5, "loser"),
        (0, "other"),
    ]
    assert item.total == 6
    sound = item.candidates[0].sound.removeprefix("data:audio/flac;base64,")
    assert base64.b64decode(sound) == made["x0-4"]


def test_a_context_shows_its_real_clip_with_the_exact_layout(lake, listen):
    rows.put(lake, "audio", rows.audio("c1"))
    rows.put(lake, "contexts", rows.context("x0", reference="c1"))
    rows.put(lake, "generations", rows.generation("g", "x0"))
    rows.put(
        lake,
        "rich_captions",
        rows.rich_caption("a", clip_id="c1", times=((0.0, 1.0), (3.0, 4.0))),
        rows.rich_caption("b", generation_id="g", times=((None, None),)),
    )
    (item,) = listen()
    assert item.reference.startswith("data:audio/flac;base64,")
    assert [(each.left, each.width) for each in item.planned] == [(0.0, 25.0), (75.0, 25.0)]
    assert [each.times for each in item.candidates[0].heard] == [""]


def test_a_layout_is_drawn_to_the_length_of_its_sound(lake, listen):
    rows.put(lake, "clips", rows.clip("c1", duration_s=10.0))
    rows.put(lake, "audio", rows.audio("c1"))
    rows.put(lake, "contexts", rows.context("x0", reference="c1"))
    rows.put(lake, "generations", rows.generation("g", "x0"))
    planned = rows.rich_caption("a", clip_id="c1", times=((0.0, 1.0), (3.0, 4.0)))
    rows.put(lake, "rich_captions", planned)
    (item,) = listen()
    assert [(each.left, each.width) for each in item.planned] == [(0.0, 10.0), (30.0, 10.0)]


def test_a_context_without_a_pair_tells_the_ledgers_reason(lake, listen):
    put_contexts(lake, 2, 2)
    rows.put(lake, "ledger", rows.ledger("x0", "no clear winner", "contexts", "pairs"))
    first, second = listen()
    assert (first.refusal, second.refusal) == ("no clear winner", None)


def test_a_lake_without_generations_has_nothing_to_hear(listen):
    assert listen() == []


def test_a_missing_sound_is_an_error(lake):
    rows.put(lake, "audio", rows.audio("c1"))
    with duckdb.connect() as connection:
        fill(connection, lake)
        assert set(sounds(connection, lake, "audio", ["c1"])) == {"c1"}
        with pytest.raises(ValueError, match="audio: expected a sound for c2, found none"):
            sounds(connection, lake, "audio", ["c1", "c2"])


def test_a_sound_that_is_no_flac_is_an_error():
    with pytest.raises(ValueError, match=r"g1: expected a FLAC sound, got bytes b'RIFF'"):
        data_uri(b"RIFF....", "g1")


def test_events_of_one_moment_or_unknown_time_stay_on_the_line():
    layout = [
        {"event": "a", "start": 2.0, "end": 2.0, "relation": "start"},
        {"event": "b", "start": 1.0, "end": None, "relation": "after"},
        {"event": "c", "start": None, "end": None, "relation": "after"},
    ]
    placed = [(event.times, event.left, event.width) for event in timeline(layout)]
    assert placed == [("2.0-2.0 s", 100.0, 0.0), ("from 1.0 s", 0.0, 0.0), ("", 0.0, 0.0)]
    assert timeline([]) == []
