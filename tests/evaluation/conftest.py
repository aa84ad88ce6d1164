"""A lake of small synthetic scenes and a judge trained on it, shared by the tests."""

import pytest

from schemas.lake import Lake
from tests.evaluation.scenes import fill_scenes


@pytest.fixture(scope="session")
def scene_rows():
    return {}


@pytest.fixture(scope="session")
def scene_lake(tmp_path_factory, scene_rows):
    """A lake of 96 scenes with a trained judge. Tests must not change it."""
    from evaluation.embedded.embedded_judge import embedded_judge
    from evaluation.embedded.judge_training import JudgeConfig

    lake = Lake.create(tmp_path_factory.mktemp("scenes") / "lake")
    scene_rows.update(fill_scenes(lake, 96))
    embedded_judge(lake, JudgeConfig(steps=60, batch=16, frames=100))
    return lake


@pytest.fixture(scope="session")
def judge(scene_lake):
    from evaluation.embedded.embedded_judge import embedded_judge

    return embedded_judge(scene_lake)
