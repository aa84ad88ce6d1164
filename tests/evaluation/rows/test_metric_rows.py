from dataclasses import dataclass, replace

import numpy as np
import pytest

from evaluation.embedded.signal_quality import QUALITY_AXES
from evaluation.judge import Reading
from evaluation.metrics.frechet import frechet_distance
from evaluation.panel import JudgePanel
from evaluation.rows.baseline_rows import baseline_rows, system_rows
from evaluation.rows.measured import not_measured
from evaluation.rows.metric_rows import halves_row, metric_rows
from evaluation.study import Item, Study, repaired

PERFECT = {
    "clarity_db": 60.0,
    "bandwidth_khz": 8.0,
    "dynamic_range_db": 60.0,
    "level_match_db": 0.0,
}


@dataclass
class PaperJudge:
    """A judge with the paper's axes and a scorer id that is not embedded."""

    scorer: str = "clap+aes@1"
    sample_rate: int = 48_000
    axes: tuple[str, ...] = ("ce", "cu", "pc", "pq")


@dataclass
class SignalJudge:
    """A judge with the signal measures."""

    scorer: str = "embedded:x@1"
    sample_rate: int = 16_000
    axes: tuple[str, ...] = QUALITY_AXES


def reading(i, classes=4, quality=None):
    rng = np.random.default_rng(i)
    return Reading(
        windows=rng.normal(size=(3, 2)),
        embedding=np.eye(classes)[i % classes],
        logits=np.eye(classes)[i % classes] * 50,
        quality=quality or PERFECT,
    )


def items(count, texts=4):
    return [
        Item(
            item_id=str(i),
            reading=reading(i),
            text=f"text {i % texts}",
            text_embedding=np.eye(4)[i % 4],
            reference=reading(i),
        )
        for i in range(count)
    ]


def study(count=8, judge=None, *, trusted=True):
    return Study(
        panel=JudgePanel(judge=judge or SignalJudge()),
        dataset="contexts",
        dataset_digest="d",
        references=tuple(reading(i) for i in range(count)),
        trusted=trusted,
        seed=0,
    )


def all_of_eight():
    return metric_rows(study(), "m", "system", items(8))


def by_name(measured):
    return {row.name: row for row in measured.rows}


def test_a_system_equal_to_its_references_has_perfect_figures():
    rows = by_name(metric_rows(study(), "m", "system", items(8)))
    assert rows["fd"].value == pytest.approx(0, abs=1e-9)
    assert rows["kl_ref_gen"].value == pytest.approx(0, abs=1e-5)
    assert rows["cl"].value == 1
    assert rows["is"].value == pytest.approx(4)
    assert rows["quality"].value == 1
    assert set(rows) == {"fd", "kl_ref_gen", "kl_gen_ref", "is", "cl", "quality"}


def test_a_clip_against_itself_is_said_to_be_zero_but_for_epsilon():
    real = [replace(item, reference=item.reading) for item in items(8)]
    own = metric_rows(study(), "ground_truth", "ground_truth", real)
    other = metric_rows(study(), "m", "system", repaired(items(8), seed=0))
    assert "but for the epsilon" in by_name(own)["kl_gen_ref"].note
    assert by_name(other)["kl_gen_ref"].note is None


def test_fd_pools_the_windows_of_all_clips():
    shifted = [
        replace(i, reading=replace(i.reading, windows=i.reading.windows + 1)) for i in items(8)
    ]
    reference = np.concatenate([r.windows for r in study().references])
    row = by_name(metric_rows(study(), "m", "system", shifted))["fd"]
    assert row.value == pytest.approx(frechet_distance(reference, reference + 1).value)
    assert row.low <= row.value <= row.high
    assert row.n == 8


def test_embedded_rows_are_not_comparable_and_others_are():
    measured = metric_rows(study(), "m", "system", items(8))
    assert not any(row.comparable for row in measured.rows)
    paper = metric_rows(study(judge=PaperJudge()), "m", "system", items(8), names=("cl",))
    assert [row.comparable for row in paper.rows] == [True]


def test_a_judge_with_the_papers_axes_has_aes_and_no_quality():
    rated = [
        replace(i, reading=reading(0, quality={"ce": 1, "cu": 2, "pc": 3, "pq": 4}))
        for i in items(4)
    ]
    rows = by_name(metric_rows(study(judge=PaperJudge()), "m", "system", rated))
    assert rows["aes"].value == 2.5
    assert "quality" not in rows


def test_an_untrusted_judge_makes_class_and_text_figures_plumbing():
    rows = by_name(metric_rows(study(trusted=False), "m", "system", items(8)))
    plumbing = {name for name, row in rows.items() if "plumbing" in (row.note or "")}
    assert plumbing == {"kl_ref_gen", "kl_gen_ref", "is", "cl"}


def test_missing_sounds_and_missing_references_are_counted():
    partly = [replace(item, reference=None) if i < 3 else item for i, item in enumerate(items(8))]
    rows = by_name(metric_rows(study(), "m", "system", partly, missing=2))
    assert (rows["kl_ref_gen"].n, rows["kl_ref_gen"].n_missing) == (5, 5)
    assert (rows["cl"].n, rows["cl"].n_missing) == (8, 2)


def test_a_metric_of_nothing_has_no_row_and_says_why():
    nothing = metric_rows(study(), "m", "system", [])
    assert nothing.rows == ()
    assert {why.metric for why in nothing.left_out} == {*by_name(all_of_eight()), "fd_inf"}
    alone = metric_rows(study(), "m", "system", [Item(item_id="a", reading=reading(0))])
    assert set(by_name(alone)) == {"is", "quality"}
    assert {why.metric: why.reason for why in alone.left_out} == {
        "fd": "FD needs two sounds on each side, got 1 and 8 real ones",
        "kl_ref_gen": "no sound has a real sound of its own to compare with",
        "kl_gen_ref": "no sound has a real sound of its own to compare with",
        "fd_inf": "FD needs two sounds on each side, got 1 and 8 real ones",
        "cl": "no sound has a text",
    }
    lines = not_measured(alone.left_out)
    assert [line.split(": ")[1] for line in lines] == [
        "fd, fd_inf of m",
        "kl_ref_gen, kl_gen_ref of m",
        "cl of m",
    ]
    assert lines[2] == "not measured: cl of m: no sound has a text"


def test_what_is_not_measured_is_said_once_with_all_that_lack_it():
    alike = [replace(item, text="the same") for item in items(8)]
    both = system_rows(study(), "out", alike) + baseline_rows(study(), alike, alike)
    line = next(line for line in not_measured(both.left_out) if "exchange" in line)
    assert line == (
        "not measured: kl_ref_gen, kl_gen_ref, cl of out (shuffled), shuffled: "
        "there are no two different texts to exchange"
    )


def test_one_clip_has_a_value_without_an_interval():
    row = by_name(metric_rows(study(), "m", "system", items(1)))["cl"]
    assert (row.low, row.high) == (None, None)
    assert "a single clip: no interval" in row.note


def test_answers_to_one_request_add_no_certainty():
    once = items(8)
    four = [replace(i, item_id=f"{i.item_id}-{n}", group=i.item_id) for i in once for n in range(4)]
    rows = by_name(metric_rows(study(), "m", "system", four))
    for name, single in by_name(metric_rows(study(), "m", "system", once)).items():
        assert rows[name].n == 32
        assert "32 sounds for 8 real clips: the interval draws clips" in rows[name].note
        if name != "fd":
            width, expected = rows[name].high - rows[name].low, single.high - single.low
            assert width == pytest.approx(expected)


def test_answers_to_a_single_request_have_no_interval():
    rows = metric_rows(study(), "m", "system", [replace(i, group="one") for i in items(4)])
    assert {(row.low, row.high) for row in rows.rows} == {(None, None)}


def test_few_clips_take_one_split_and_the_row_says_so():
    few = by_name(metric_rows(study(), "m", "system", items(99), names=("is",)))["is"]
    many = by_name(metric_rows(study(), "m", "system", items(100), names=("is",)))["is"]
    assert "1 split" in few.preset.split(", ")
    assert "10 splits" in many.preset


def test_the_id_covers_everything_but_the_value():
    one, two = (metric_rows(study(), name, "system", items(8)).rows[0] for name in ("m", "n"))
    assert one.metric_id != two.metric_id
    assert one.metric_id == all_of_eight().rows[0].metric_id


def test_small_samples_are_warned_of():
    assert (
        "biased upwards under 1000"
        in by_name(metric_rows(study(), "m", "system", items(8)))["fd"].note
    )


def test_repairing_gives_every_text_to_another_item():
    before = items(12)
    after = repaired(before, seed=0)
    assert all(a.text != b.text for a, b in zip(after, before, strict=True))
    assert all(a.reading is b.reading for a, b in zip(after, before, strict=True))
    assert len({(b.text, a.text) for a, b in zip(after, before, strict=True)}) == 4


def test_one_text_cannot_be_repaired():
    assert repaired(items(5, texts=1), seed=0) == []


def test_shuffled_rows_lose_what_matched_rows_have():
    rows = system_rows(study(), "m", items(8)).rows
    cl = {row.row_kind: row.value for row in rows if row.name == "cl"}
    kl = {row.row_kind: row.value for row in rows if row.name == "kl_ref_gen"}
    assert cl == {"system": 1.0, "shuffled": 0.0}
    assert kl["shuffled"] > 10 > kl["system"]


def test_every_kind_of_row_stands_beside_a_system():
    rows = baseline_rows(study(), items(8), items(8)).rows
    assert {row.row_kind for row in rows} == {"ground_truth", "shuffled", "noise"}
    assert all(row.system == row.row_kind for row in rows)
    halves = next(row for row in rows if (row.name, row.row_kind) == ("fd", "ground_truth"))
    assert "two halves of the real clips" in halves.note
    assert halves.n == 4


def test_three_real_clips_have_no_halves():
    assert [why.reason for why in halves_row(study(3)).left_out] == [
        "two halves of real sounds need four of them, got 3"
    ]
