import json
import re
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import soxr
import torch

from tests.places import DATA
from training.codecs.mel import log_mel
from training.codecs.mel_rvq import MelRvq, MelRvqSettings, freeze, frozen
from training.codecs.residual_kmeans import dequantise, residual_variance

FEW = MelRvqSettings(codebooks=2, codebook_size=8, iterations=4)


def test_ten_seconds_take_250_frames(small_codec):
    assert small_codec.encode(np.zeros((2, 160_000), np.float32)).shape == (2, 3, 250)


def test_the_default_is_four_codebooks_of_256_at_25_hz():
    codec, _ = MelRvq.fit(
        [np.random.default_rng(0).normal(0, 0.1, 12 * 16_000).astype(np.float32)],
        MelRvqSettings(iterations=1),
    )
    assert (codec.codebooks, codec.codebook_size, codec.frame_rate) == (4, 256, 25.0)
    assert codec.sample_rate == 16_000


def test_codes_are_int16_in_the_codebooks_range(small_codec, sounds):
    codes = small_codec.encode(np.stack(sounds))
    assert codes.dtype == np.int16
    assert codes.min() >= 0
    assert codes.max() < small_codec.codebook_size
    assert len(np.unique(codes)) > small_codec.codebook_size // 2


def test_each_codebook_leaves_less_of_the_variance(sounds):
    _, left = MelRvq.fit(sounds, FEW)
    assert all(later < earlier for earlier, later in pairwise([1.0, *left]))


def test_the_codes_of_a_clip_do_not_depend_on_its_batch(small_codec, sounds):
    together = small_codec.encode(np.stack(sounds))
    alone = np.concatenate([small_codec.encode(one[None]) for one in sounds])
    assert np.array_equal(together, alone)


def test_a_decoded_sound_has_the_spectrum_that_its_codes_say(small_codec, sounds):
    codes_BQT = small_codec.encode(np.stack(sounds))
    decoded = torch.from_numpy(small_codec.decode(codes_BQT))
    heard = log_mel(decoded).mT.reshape(-1, 80).numpy()
    said = dequantise(codes_BQT.swapaxes(0, 1).reshape(3, -1), small_codec.codewords)
    assert np.square(heard - said).mean() < 0.2 * np.square(said - said.mean(axis=0)).mean()


def test_encoding_a_decoded_sound_gives_mostly_the_codes_again(small_codec, sounds):
    codes_BQT = small_codec.encode(np.stack(sounds))
    again = small_codec.encode(small_codec.decode(codes_BQT))
    assert (again[:, 0] == codes_BQT[:, 0]).mean() > 0.7


def test_decoding_is_the_same_again(small_codec, sounds):
    codes = small_codec.encode(sounds[0][None])
    assert small_codec.decode(codes).tobytes() == small_codec.decode(codes).tobytes()
    assert small_codec.decode(codes).shape == (1, 50 * 640)


def test_a_fit_on_the_same_sound_has_the_same_digest(sounds):
    first, second = (MelRvq.fit(sounds, FEW)[0] for _ in range(2))
    other, _ = MelRvq.fit(sounds[:4], FEW)
    assert first.id == second.id
    assert first.id != other.id
    assert re.fullmatch(r"mel-rvq@[0-9a-f]{12}", first.id)


def test_at_most_max_frames_are_fitted(sounds):
    few = FEW.model_copy(update={"max_frames": 7})
    with pytest.raises(ValueError, match="at least 8 frames to fit 8 codewords, got 7"):
        MelRvq.fit(sounds, few)


def test_no_sound_is_an_error():
    with pytest.raises(ValueError, match="expected sound to fit mel-rvq on, got none"):
        MelRvq.fit([], FEW)


def test_frozen_weights_come_back(tmp_path, small_codec, sounds):
    path = freeze(tmp_path, small_codec, {"clips": 8})
    loaded = frozen(tmp_path)
    assert path.name == f"{small_codec.id.replace('@', '-')}.safetensors"
    assert loaded.id == small_codec.id
    codes = loaded.encode(np.stack(sounds))
    assert np.array_equal(codes, small_codec.encode(np.stack(sounds)))
    assert json.loads((tmp_path / "mel-rvq.json").read_text()) == {
        "clips": 8,
        "digest": small_codec.digest,
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, "mel-rvq.json"])


def test_older_weights_stay_loadable_after_a_refit(tmp_path, small_codec, sounds):
    newer, _ = MelRvq.fit(sounds, FEW)
    freeze(tmp_path, small_codec, {})
    freeze(tmp_path, newer, {})
    assert frozen(tmp_path).id == newer.id
    assert frozen(tmp_path, small_codec.digest[:12]).id == small_codec.id


def test_nothing_frozen_is_none(tmp_path):
    assert frozen(tmp_path) is None


def test_missing_weights_are_an_error(tmp_path, small_codec):
    freeze(tmp_path, small_codec, {}).unlink()
    with pytest.raises(ValueError, match="the codec's weights are missing"):
        frozen(tmp_path)


def test_damaged_weights_are_an_error(tmp_path, small_codec):
    path = freeze(tmp_path, small_codec, {})
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="expected safetensors"):
        frozen(tmp_path)


def test_changed_weights_are_an_error(tmp_path, small_codec):
    path = freeze(tmp_path, small_codec, {})
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not what its name says"):
        frozen(tmp_path)


def test_weights_of_another_front_end_are_an_error(tmp_path, small_codec):
    path = freeze(tmp_path, small_codec, {})
    path.write_bytes(path.read_bytes().replace(b"2048", b"1024"))
    with pytest.raises(ValueError, match="expected mel-rvq weights of the front end"):
        frozen(tmp_path)


@pytest.mark.parametrize("pointer", ["{", "[]"])
def test_a_damaged_pointer_is_an_error(tmp_path, pointer):
    (tmp_path / "mel-rvq.json").write_text(pointer)
    with pytest.raises(ValueError, match="expected"):
        frozen(tmp_path)


@pytest.mark.parametrize("codes", [np.zeros((1, 2, 5)), np.zeros((3, 5)), np.zeros((1, 3, 0))])
def test_codes_of_another_shape_are_an_error(small_codec, codes):
    with pytest.raises(ValueError, match=r"expected codes \(clips, 3 codebooks, frames\)"):
        small_codec.decode(codes.astype(np.int16))


@pytest.mark.parametrize("value", [-1, 16])
def test_codes_out_of_range_are_an_error(small_codec, value):
    with pytest.raises(ValueError, match=r"expected codes in \[0, 15\]"):
        small_codec.decode(np.full((1, 3, 2), value, np.int16))


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs real clips in {DATA}")
def test_four_codebooks_leave_a_tenth_of_unheard_recordings():
    rows = [json.loads(line) for line in (DATA / "clips.jsonl").read_text().splitlines()]
    clips = []
    for row in rows[::4]:
        samples, rate = soundfile.read(DATA / row["path"], dtype="float32", always_2d=True)
        clips.append(soxr.resample(samples.mean(axis=1), rate, 16_000).astype(np.float32))
    codec, _ = MelRvq.fit(clips[1::2], MelRvqSettings(iterations=8))
    unheard = [log_mel(torch.from_numpy(one[None]))[0].T for one in clips[::2]]
    left = residual_variance(torch.cat(unheard).numpy(), codec.codewords)
    assert left[3] < 0.1
    assert all(later < earlier for earlier, later in pairwise(left))
