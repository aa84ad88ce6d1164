import numpy as np
import pytest

from evaluation.embedded.embedded_judge import fit_judge, load_judge, weights_path
from evaluation.embedded.judge_training import JudgeConfig
from pipelines.ingest.step import Ingest
from pipelines.running.run import run_step
from pipelines.sources.named import SourceOptions, source_named
from pipelines.synthesis.hearing import Hear, ear_of, hearing_steps
from pipelines.synthesis.judge_ear import JudgeEar
from schemas.lake import Lake
from tests.pipelines.corpus_lake import context, generation, put, read, run
from tests.pipelines.encoding.encode_lake import flac, sound

pytestmark = pytest.mark.slow

QUICK = JudgeConfig(steps=2, batch=4, frames=96)


@pytest.fixture(scope="module")
def heard_lake(tmp_path_factory):
    """Scenes, and a judge that barely learned: enough to show what goes where."""
    lake = Lake.create(tmp_path_factory.mktemp("hearing") / "lake")
    run_step(Ingest(source=source_named("scenes", "24", SourceOptions())), lake)
    put(lake, "contexts", [context("x1")], "contexts")
    answers = [
        generation("g1", "x1", flac=flac(sound(0))),
        generation("g2", "x1", flac=b"no sound"),
    ]
    put(lake, "generations", answers, "generate.m")
    fit_judge(lake, QUICK)
    return lake


def test_scenes_and_generations_are_heard_from_their_sound(heard_lake):
    scenes, generations = hearing_steps(heard_lake, 0.01)
    assert run(scenes, heard_lake, limit=4).produced == 4
    counts = run(generations, heard_lake)
    assert (counts.produced, counts.dropped) == (1, {"undecodable": 1})
    rows = [row for row in read(heard_lake, "rich_captions") if row["role"] == "heard"]
    assert len(rows) == 5
    assert {row["origin"]["model"] for row in rows} == {scenes.ear}
    assert [row["generation_id"] for row in rows if row["clip_id"] is None] == ["g1"]
    assert {row["exact"] for row in rows} == {False}


def test_a_threshold_that_nothing_reaches_is_in_the_ledger(heard_lake):
    scenes, _ = hearing_steps(heard_lake, 1.0)
    assert run(scenes, heard_lake, limit=2).dropped == {"nothing_heard": 2}


def test_sounds_without_known_events_are_no_input(heard_lake):
    put(heard_lake, "audio", [], "ingest", root="other-00000")
    scenes, _ = hearing_steps(heard_lake, 0.5, fit=False)
    assert all("scenes" in task.slot for task in scenes.plan(heard_lake))


def test_posteriors_cover_the_whole_sound_in_cells(heard_lake):
    scenes, _ = hearing_steps(heard_lake, 0.5)
    ear = JudgeEar(load_judge(weights_path(heard_lake, scenes.ear)))
    for seconds in (0.2, 1.0, 2.0, 10.0):
        posteriors = ear.listen(np.zeros(int(16_000 * seconds), np.float32))
        frames = 1 + int(16_000 * seconds) // 320
        assert posteriors.shape == (-(-frames // 24), len(ear.classes))
        assert ((posteriors >= 0) & (posteriors <= 1)).all()


def test_an_unknown_ear_is_an_error(heard_lake):
    with pytest.raises(ValueError, match="expected an ear of embedded:scene-judge; got 'qwen@1'"):
        ear_of(heard_lake, "qwen@1")
    with pytest.raises(ValueError, match="no weights"):
        ear_of(heard_lake, "embedded:scene-judge@000000000000")
    with pytest.raises(ValueError, match="got 'qwen@1'"):
        run(Hear(ear="qwen@1", sounds="generations"), heard_lake)
