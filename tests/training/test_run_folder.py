import pytest
import torch

from training.run_folder import RunFolder, State

TOLD = {"plan": 1, "start": None}


def state(step):
    tensors = {"w": torch.full((2,), float(step))}
    return State(step=step, stream={"at": step}, seconds=1.5, model=tensors, optimiser=tensors)


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.start(TOLD)
    return folder


def test_the_newest_state_comes_back_and_the_curve_is_cut_to_it(folder):
    for step in range(1, 6):
        folder.append(step, {"loss": step / 3})
        if step in (2, 4):
            folder.save(state(step))
    resumed = folder.resume(TOLD)
    assert (resumed.step, resumed.stream, resumed.seconds) == (4, {"at": 4}, 1.5)
    assert resumed.model["w"].tolist() == [4.0, 4.0]
    assert list(folder.curve()) == [(step, {"loss": step / 3}) for step in range(1, 5)]


def test_only_the_newest_state_is_kept(folder):
    folder.save(state(2))
    folder.save(state(4))
    assert [path.name for path in (folder.root / "states").iterdir()] == ["step-000000004"]


def test_a_run_killed_before_its_first_state_starts_over(folder):
    folder.append(1, {"loss": 1.0})
    assert folder.resume(TOLD) is None
    assert list(folder.curve()) == []


def test_a_torn_last_line_is_left_out(folder):
    folder.append(1, {"loss": 1.0})
    with (folder.root / "curve.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    assert list(folder.curve()) == [(1, {"loss": 1.0})]


def test_a_state_that_was_being_written_is_not_taken_up(folder):
    folder.save(state(2))
    (folder.root / "states" / ".step-000000004.tmp").mkdir()
    assert folder.resume(TOLD).step == 2
    folder.save(state(4))
    assert [path.name for path in (folder.root / "states").iterdir()] == ["step-000000004"]


def test_another_configuration_is_refused_by_name(folder):
    with pytest.raises(ValueError, match="different now: start"):
        folder.resume({**TOLD, "start": "other@1"})


def test_a_used_folder_is_not_started_again(folder):
    with pytest.raises(ValueError, match="expected a new or empty folder"):
        folder.start(TOLD)
    with pytest.raises(ValueError, match="expected a new or empty folder"):
        RunFolder(folder.root / "run.json").start(TOLD)


def test_a_folder_without_a_run_is_not_resumed(tmp_path):
    with pytest.raises(ValueError, match="expected a run to resume"):
        RunFolder(tmp_path).told()
