import json
import logging

import pytest

from pipelines.encoding.codec_fit import fit_sample, ready_codec
from schemas.lake import Lake
from tests.pipelines.encoding.encode_lake import add_sounds, flac, lake_with_sounds, sound
from tests.training.codecs.tiny_x_codec import save_tiny_x_codec
from training.codecs.mel_rvq import MelRvqSettings
from training.codecs.registry import load_codec

SMALL = MelRvqSettings(codebooks=2, codebook_size=16, iterations=4)


@pytest.fixture
def lake(tmp_path):
    return lake_with_sounds(tmp_path / "lake")


def test_growth_never_refits(lake):
    first = ready_codec(lake, settings=SMALL)
    add_sounds(lake, "b-00000", {f"b{i}": flac(sound(i + 50)) for i in range(4)})
    second = ready_codec(lake)
    assert first.fit is not None
    assert second.fit is None
    assert second.id == first.id == load_codec("mel-rvq", lake).id


def test_a_refit_listens_to_the_new_sound(lake):
    first = ready_codec(lake, settings=SMALL)
    add_sounds(lake, "b-00000", {f"b{i}": flac(sound(i + 50)) for i in range(4)})
    second = ready_codec(lake, refit=True, settings=SMALL)
    assert second.id != first.id
    assert second.fit.clips == 10
    assert load_codec(first.id, lake).id == first.id


def test_a_fit_tells_what_each_codebook_leaves(lake):
    fit = ready_codec(lake, settings=SMALL).fit
    assert (fit.clips, fit.split) == (6, "train")
    assert 0 < fit.residual_variance[1] < fit.residual_variance[0] < 1
    facts = json.loads((lake.weights / "mel-rvq.json").read_text())
    assert facts["residual_variance"] == list(fit.residual_variance)


def test_test_clips_are_not_fitted_on(lake):
    before = ready_codec(lake, settings=SMALL)
    add_sounds(lake, "t-00000", {f"t{i}": flac(sound(i + 90)) for i in range(4)}, split="test")
    assert ready_codec(lake, refit=True, settings=SMALL).id == before.id


def test_a_lake_without_train_clips_is_fitted_on_all_and_says_so(tmp_path, caplog):
    lake = Lake.create(tmp_path / "lake")
    add_sounds(lake, "t-00000", {f"t{i}": flac(sound(i)) for i in range(4)}, split="test")
    with caplog.at_level(logging.WARNING):
        fit = ready_codec(lake, settings=SMALL).fit
    assert fit.split == "all"
    assert "no train clips" in caplog.text
    assert "learns from only 4 clips and is then frozen" in caplog.text


def test_a_sample_is_spread_over_the_shards_and_stays_the_same(lake):
    add_sounds(lake, "b-00000", {f"b{i}": flac(sound(i, 16_000)) for i in range(6)})
    lengths = [len(waveform) for waveform in fit_sample(lake, 4, "train")]
    assert sorted(lengths) == [16_000, 16_000, 32_000, 32_000]
    assert lengths == [len(waveform) for waveform in fit_sample(lake, 4, "train")]
    assert len(fit_sample(lake, 1, "train")) == 1


def test_a_long_clip_gives_its_first_30_seconds(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    add_sounds(lake, "l-00000", {"long": flac(sound(0, 31 * 16_000))})
    assert [len(one) for one in fit_sample(lake, 1, "train")] == [30 * 16_000]


def test_torn_sounds_are_passed_over(lake):
    add_sounds(lake, "b-00000", {"torn": flac(sound(0))[:3000]})
    assert len(fit_sample(lake, 100, "train")) == 6


def test_an_empty_lake_cannot_fit(tmp_path):
    with pytest.raises(ValueError, match="expected sound to fit mel-rvq on, got none"):
        ready_codec(Lake.create(tmp_path / "lake"))


def test_frozen_sizes_do_not_change_by_asking(lake):
    ready_codec(lake, settings=SMALL)
    with pytest.raises(ValueError, match=r"expected 2 x 16.*got \(4, 256\).*--refit"):
        ready_codec(lake, settings=MelRvqSettings())
    assert ready_codec(lake, settings=SMALL).fit is None


def test_an_x_codec_is_found_again_by_its_id(lake, tmp_path):
    folder = save_tiny_x_codec(tmp_path / "x-codec", seed=0)
    ready = ready_codec(lake, str(folder))
    assert ready_codec(lake, ready.id).id == ready.id


@pytest.mark.parametrize("options", [{"refit": True}, {"settings": SMALL}])
def test_only_mel_rvq_is_fitted(lake, options):
    with pytest.raises(ValueError, match="only mel-rvq is fitted here, not x-codec"):
        ready_codec(lake, "x-codec", **options)
