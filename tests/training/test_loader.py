from collections import Counter

import pytest
from torch.utils.data import DataLoader

from schemas.lake import Lake
from schemas.tables import TABLES
from training.loader import NoSequencesError, Reading, SequenceDataset


@pytest.fixture
def lake(tmp_path, vocabulary, make):
    shards = [
        [
            make.row(vocabulary, f"s{shard}-{i}", task="twice" if i == 0 else "once")
            for i in range(5)
        ]
        for shard in range(4)
    ]
    shards[0].append(make.row(vocabulary, "held", split="validation"))
    shards[1].append(make.row(vocabulary, "other", stage="sft1"))
    shards.append(make.pair(vocabulary, "p1") + make.pair(vocabulary, "p2"))
    return make.lake(tmp_path / "lake", *shards).root


def reading(vocabulary, **kwargs):
    fields = {"vocabulary": vocabulary.id, "stages": ("gen-pretrain",), "epochs": 1}
    return Reading(**{**fields, "buffer_rows": 8, **kwargs})


def names(draws):
    return [draw.sequences[0].sample_id for draw in draws]


EXPECTED = Counter({f"s{s}-{i}": 2 if i == 0 else 1 for s in range(4) for i in range(5)})


def test_an_epoch_shows_each_sequence_as_often_as_its_weight(lake, vocabulary):
    assert Counter(names(SequenceDataset(lake, reading(vocabulary)))) == EXPECTED


def test_fractions_of_a_weight_are_drawn_anew_each_epoch(tmp_path, vocabulary, make):
    lake = make.lake(tmp_path / "lake", [make.row(vocabulary, f"s{i}") for i in range(40)])
    make.weigh(lake, {("gen-pretrain", "text-to-audio"): 1.25})
    root = lake.root
    shown = Counter(names(SequenceDataset(root, reading(vocabulary, epochs=20))))
    assert all(20 <= count <= 40 for count in shown.values())
    assert sum(shown.values()) == pytest.approx(1000, abs=3.3 * (800 * 0.25 * 0.75) ** 0.5)


def test_weight_zero_is_never_shown(tmp_path, vocabulary, make):
    rows = [make.row(vocabulary, "a", task="never"), make.row(vocabulary, "b")]
    root = make.lake(tmp_path / "lake", rows).root
    assert names(SequenceDataset(root, reading(vocabulary))) == ["b"]


def test_order_follows_from_seed_and_epoch(lake, vocabulary):
    def order(**kwargs):
        return names(SequenceDataset(lake, reading(vocabulary, **kwargs)))

    assert order(seed=1) == order(seed=1)
    assert order(seed=1) != order(seed=2)
    two = order(seed=1, epochs=2)
    assert two[:24] == order(seed=1)
    assert two[24:] != two[:24]
    assert Counter(two[24:]) == EXPECTED


def test_without_shuffling_rows_come_as_stored(lake, vocabulary):
    shown = names(SequenceDataset(lake, reading(vocabulary, shuffle=False)))
    assert shown == [f"s{s}-{i}" for s in range(4) for i in (0, 0, 1, 2, 3, 4)]


@pytest.mark.parametrize("world_size", [2, 3, 4, 7])
def test_ranks_share_an_epoch_without_overlap(lake, vocabulary, world_size):
    shown = Counter()
    for rank in range(world_size):
        part = reading(vocabulary, rank=rank, world_size=world_size)
        shown += Counter(names(SequenceDataset(lake, part)))
    assert shown == EXPECTED


@pytest.mark.slow
def test_workers_share_an_epoch_without_overlap(lake, vocabulary):
    loader = DataLoader(
        SequenceDataset(lake, reading(vocabulary)),
        batch_size=None,
        num_workers=2,
        multiprocessing_context="spawn",
    )
    assert Counter(names(loader)) == EXPECTED


@pytest.mark.parametrize("stop", [0, 1, 7, 24, 30])
def test_a_restored_data_set_goes_on_exactly(lake, vocabulary, stop):
    whole = names(SequenceDataset(lake, reading(vocabulary, epochs=2)))
    first = SequenceDataset(lake, reading(vocabulary, epochs=2))
    draws = iter(first)
    assert names(next(draws) for _ in range(stop)) == whole[:stop]
    second = SequenceDataset(lake, reading(vocabulary, epochs=2))
    second.load_state_dict(first.state_dict())
    assert names(second) == whole[stop:]


def test_the_state_of_another_reading_is_refused(lake, vocabulary):
    state = SequenceDataset(lake, reading(vocabulary, seed=1)).state_dict()
    with pytest.raises(ValueError, match="expected the state of this reading"):
        SequenceDataset(lake, reading(vocabulary, seed=2)).load_state_dict(state)


def test_a_pinned_version_reads_the_table_as_it_was(lake, vocabulary, make):
    before = SequenceDataset(lake, reading(vocabulary))
    make_more = make.lake(lake, [make.row(vocabulary, "s0-0", task="once")])
    assert isinstance(make_more, Lake)
    pinned = SequenceDataset(lake, reading(vocabulary, versions=before.versions))
    assert Counter(names(pinned)) == EXPECTED
    assert Counter(names(SequenceDataset(lake, reading(vocabulary)))) != EXPECTED


def test_a_draw_is_found_again_by_its_address(lake, vocabulary):
    dataset = SequenceDataset(lake, reading(vocabulary))
    for draw in dataset:
        assert dataset.fetch(draw.address) == draw
    with pytest.raises(ValueError, match=r"expected shard samples\.gone"):
        dataset.fetch([0, "samples.gone", [0]])


def test_filters_choose_split_stage_and_preference(lake, vocabulary):
    def shown(**kwargs):
        return set(names(SequenceDataset(lake, reading(vocabulary, **kwargs))))

    assert shown(split="validation") == {"held"}
    assert shown(stages=("sft1",)) == {"other"}
    assert shown(stages=("gen-dpo",), preferred=True) == {"p1-winner", "p2-winner"}
    assert shown(stages=("gen-dpo",), preferred=False) == {"p1-loser", "p2-loser"}
    assert len(shown(stages=())) == 25


def test_pairs_come_together_with_the_winner_first(lake, vocabulary):
    dataset = SequenceDataset(lake, reading(vocabulary, stages=(), pairs=True))
    pairs = [tuple(s.sample_id for s in draw.sequences) for draw in dataset]
    assert sorted(pairs) == [("p1-winner", "p1-loser"), ("p2-winner", "p2-loser")]


def test_half_a_pair_is_an_error(tmp_path, vocabulary, make):
    root = make.lake(tmp_path / "lake", make.pair(vocabulary, "p1")[:1]).root
    dataset = SequenceDataset(root, reading(vocabulary, stages=(), pairs=True))
    with pytest.raises(ValueError, match="one winner and one loser, got 0 and 1"):
        list(dataset)


def test_nothing_to_read_is_an_error(lake, vocabulary, tmp_path):
    with pytest.raises(NoSequencesError, match="sequences of sft2, split train"):
        SequenceDataset(lake, reading(vocabulary, stages=("sft2",)))
    empty = Lake.create(tmp_path / "empty").root
    with pytest.raises(ValueError, match="run `ualm corpus samples --lake"):
        SequenceDataset(empty, reading(vocabulary))


def test_more_consumers_than_sequences_is_an_error_not_an_endless_wait(tmp_path, vocabulary, make):
    root = make.lake(tmp_path / "lake", [make.row(vocabulary, "s")]).root
    endless = reading(vocabulary, rank=1, world_size=2, epochs=None)
    with pytest.raises(ValueError, match="expected a sequence for consumer 1 of 2"):
        next(iter(SequenceDataset(root, endless)))


def test_a_rank_out_of_range_is_an_error(lake, vocabulary):
    with pytest.raises(ValueError, match="expected a rank below 2, got 2"):
        SequenceDataset(lake, reading(vocabulary, rank=2, world_size=2))


def test_what_is_read_is_what_was_written(lake, vocabulary, make):
    dataset = SequenceDataset(lake, reading(vocabulary, shuffle=False))
    first = next(iter(dataset)).sequences[0]
    assert first == make.row(vocabulary, "s0-0", task="twice")


def test_a_task_without_a_weight_is_an_error_that_names_the_command(tmp_path, vocabulary, make):
    lake = make.lake(tmp_path / "lake", [make.row(vocabulary, "a")])
    make.weigh(lake, {("gen-pretrain", "reasoning"): 1.0})
    with pytest.raises(ValueError, match="ualm corpus samples --stage gen-pretrain"):
        list(SequenceDataset(lake.root, reading(vocabulary)))


def test_weights_of_a_run_stay_when_the_blend_changes(lake, vocabulary, make):
    before = SequenceDataset(lake, reading(vocabulary))
    make.weigh(Lake.open(lake), {("gen-pretrain", t): 3.0 for t in ("once", "twice")})
    pinned = SequenceDataset(lake, reading(vocabulary, versions=before.versions))
    assert Counter(names(pinned)) == EXPECTED
    assert len(names(SequenceDataset(lake, reading(vocabulary)))) == 3 * len(EXPECTED)


def test_shards_of_other_stages_are_told_apart_by_their_slots(tmp_path, vocabulary, make):
    lake = make.lake(tmp_path / "lake", [make.row(vocabulary, "a")])
    other = make.row(vocabulary, "b", stage="sft1")
    slot = f"sequences.{vocabulary.id}+sft1.part-00001"
    lake.put("sequences", slot, TABLES["sequences"].from_rows([other]), step="sequences")
    assert names(SequenceDataset(lake.root, reading(vocabulary))) == ["a"]
