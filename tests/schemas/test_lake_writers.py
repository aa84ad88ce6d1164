"""Several writers of one table: the first wins, the other says so."""

import multiprocessing

import pytest

from schemas import lake as lake_module
from schemas.lake import Lake, LakeConflictError
from tests.schemas.lakes import commit, ledger_rows
from tests.schemas.test_lake import SLOT, ids, shard


def test_another_writer_of_the_same_slot_is_noticed(lake):
    version = lake.version("ledger")
    lake.commit("ledger", [shard(lake, ledger_rows("theirs"))], "test")
    with pytest.raises(LakeConflictError, match=r"another writer committed step.root-00000"):
        lake.commit("ledger", [shard(lake, ledger_rows("ours"), inputs="y")], "test", version)
    assert ids(lake) == ["theirs"]


def test_another_writer_of_another_slot_does_no_harm(lake):
    commit(lake, "ledger", "step.a", ledger_rows("a"))
    version = lake.version("ledger")
    commit(lake, "ledger", "step.b", ledger_rows("b"))
    lake.commit("ledger", [shard(lake, ledger_rows("c"), slot="step.c")], "test", version)
    assert ids(lake) == ["a", "b", "c"]


def test_replacing_shards_that_are_gone_is_a_conflict(lake):
    old = commit(lake, "ledger", SLOT, ledger_rows("a"))
    new = shard(lake, ledger_rows("b"), inputs="y")
    lake.commit("ledger", [new], "test")
    with pytest.raises(LakeConflictError, match="ledger: another writer"):
        lake.replace("ledger", [old], [new], "test")


def _race(root, writer, slot, gate, answers):
    lake = Lake.open(root)
    version = lake.version("ledger")
    written = shard(lake, ledger_rows(f"writer-{writer}"), slot, inputs=writer)
    gate.wait()
    try:
        lake.commit("ledger", [written], f"writer-{writer}", version)
        answers.put((writer, "won"))
    except LakeConflictError as error:
        answers.put((writer, str(error)))


def run_race(root, slots):
    context = multiprocessing.get_context("spawn")
    gate, answers = context.Barrier(len(slots)), context.Queue()
    racers = [
        context.Process(target=_race, args=(root, i, slot, gate, answers))
        for i, slot in enumerate(slots)
    ]
    for racer in racers:
        racer.start()
    told = dict(answers.get(timeout=60) for _ in racers)
    for racer in racers:
        racer.join()
    return told


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("exists", [False, True])
def test_of_two_processes_one_wins_and_the_other_says_so(lake, exists):
    if exists:
        commit(lake, "ledger", "step.other", ledger_rows("other"))
    told = run_race(lake.root, [SLOT, SLOT])
    winner = next(writer for writer, answer in told.items() if answer == "won")
    assert "another writer committed step.root-00000" in told[1 - winner]
    assert f"writer-{winner}" in ids(lake)
    assert f"writer-{1 - winner}" not in ids(lake)


@pytest.mark.slow
@pytest.mark.faults
def test_processes_that_write_different_slots_all_win(lake):
    told = run_race(lake.root, [f"step.root-{i}" for i in range(4)])
    assert set(told.values()) == {"won"}
    assert ids(lake) == [f"writer-{i}" for i in range(4)]


def test_giving_up_after_many_overtaken_commits_is_a_conflict(lake, monkeypatch):
    monkeypatch.setattr(lake_module, "_ATTEMPTS", 0)
    with pytest.raises(LakeConflictError, match="were overtaken"):
        lake.commit("ledger", [shard(lake, ledger_rows("a"))], "test")
