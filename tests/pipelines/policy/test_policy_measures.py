"""Policies over what judges measured of sounds and captions."""

import math

import pytest

from pipelines.policy.step import (
    policy_step,
)
from tests.pipelines.policy.judged import about, judged, policy
from tests.pipelines.policy.lakes import (
    SCORER,
    caption,
    caption_measure,
    clip,
    lake_of,
    measure,
    name_id,
    put,
)


def aes(**changes):
    rule = {"name": "ce", "scorer": SCORER, "above": 3.38}
    return policy(quality={"measures": [rule | changes]})


def test_a_measure_is_asked_of_its_own_scorer(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"), clip("b"))
    rows = [
        measure("a", "ce", 3.38),
        measure("b", "ce", 3.39),
        measure("a", "ce", 9.0, "other@1"),
        measure("a", "pc", 9.0),
    ]
    put(lake, "measures", rows, "measure")
    verdicts, _ = judged(lake, aes())
    assert verdicts == {("clips", name_id("clip", "a")): ("ce", 3.38, 3.38, None)}


def test_a_threshold_on_another_scorers_values_is_an_error_that_names_what_is_there(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"))
    put(lake, "measures", [measure("a", "ce", 3.0, "other@1")], "measure")
    with pytest.raises(ValueError, match=r"asks ce of aes@0123456789ab.*1 values of other@1"):
        policy_step(aes(), lake)
    with pytest.raises(ValueError, match=r"has measures of ce; run `ualm corpus measure` first"):
        policy_step(aes(name="pc"), lake)


def test_what_nobody_measured_is_refused_by_default_and_kept_if_told(tmp_path):
    lake = lake_of(tmp_path / "lake", clip("a"), clip("b"), clip("c"))
    put(lake, "measures", [measure("a", "ce", 9.0), measure("c", "ce", math.nan)], "measure")
    verdicts, _ = judged(lake, aes())
    told = ("not_measured", None, None, f"ce by {SCORER}")
    assert about(verdicts, "clips", "b") == about(verdicts, "clips", "c") == told
    assert about(verdicts, "clips", "a") is None
    kept, _ = judged(lake, aes().model_copy(update={"missing_measure": "keep"}))
    assert kept == {}


def test_rules_together_drop_only_what_misses_all_of_them(tmp_path):
    rules = policy(
        quality={
            "measures": [
                {"name": "ce", "scorer": SCORER, "above": 3.38, "together": "etta"},
                {"name": "pc", "scorer": SCORER, "above": 2.89, "together": "etta"},
            ]
        }
    )
    lake = lake_of(tmp_path / "lake", clip("a"), clip("b"), clip("c"))
    values = {"a": (3.0, 2.0), "b": (3.0, 5.0), "c": (5.0, 2.0)}
    rows = [
        measure(name, axis, value)
        for name, pair in values.items()
        for axis, value in zip(("ce", "pc"), pair, strict=True)
    ]
    put(lake, "measures", rows, "measure")
    verdicts, _ = judged(lake, rules)
    expected = ("ce and pc", 3.0, 3.38, "ce 3.0, pc 2.0")
    assert verdicts == {("clips", name_id("clip", "a")): expected}


def test_clap_is_asked_of_captions_of_clips_and_not_of_those_of_recordings(tmp_path):
    near, far = caption("a", "near"), caption("a", "far")
    whole = caption("a", "whole", clip_id=None, scope="recording")
    lake = lake_of(tmp_path / "lake", clip("a"), captions=[near, far, whole])
    put(
        lake, "caption_measures", [caption_measure(near, 0.5), caption_measure(far, 0.4)], "measure"
    )
    rules = policy(captions={"measures": [{"name": "clap", "scorer": SCORER, "min": 0.45}]})
    verdicts, _ = judged(lake, rules)
    assert verdicts == {("captions", far.caption_id): ("clap", 0.4, 0.45, None)}
