import json
import re

import numpy as np
import pytest
import torch
import transformers

from tests.training.codecs.tiny_x_codec import save_tiny_x_codec
from training.codecs.x_codec import XCodec


@pytest.fixture(scope="module")
def x_codec(x_codec_folder):
    return XCodec.load(str(x_codec_folder))


def waves(clips, samples=16_000):
    return np.random.default_rng(clips).normal(0, 0.1, (clips, samples)).astype(np.float32)


def test_a_second_takes_50_frames_of_8_codebooks(x_codec):
    codes = x_codec.encode(waves(2))
    assert codes.shape == (2, 8, 50)
    assert codes.dtype == np.int16
    assert (x_codec.codebooks, x_codec.codebook_size, x_codec.frame_rate) == (8, 64, 50.0)
    assert x_codec.sample_rate == 16_000


def test_codes_vary_and_stay_in_range(x_codec):
    codes = x_codec.encode(waves(4))
    assert codes.min() >= 0
    assert codes.max() < 64
    assert len(np.unique(codes)) > 8


def test_encode_and_decode_are_transformers_own(x_codec, x_codec_folder):
    model = transformers.XcodecModel.from_pretrained(x_codec_folder).eval()
    with torch.inference_mode():
        codes = model.encode(torch.from_numpy(waves(2)).unsqueeze(1)).audio_codes
        audio = model.decode(codes).audio_values
    assert np.array_equal(x_codec.encode(waves(2)), codes.numpy())
    assert np.array_equal(x_codec.decode(codes.numpy().astype(np.int16)), audio.squeeze(1).numpy())


def test_padding_changes_the_codes_of_the_sound_before_it(x_codec):
    short = waves(1, 8_000)
    padded = np.pad(short, ((0, 0), (0, 8_000)))
    assert not np.array_equal(x_codec.encode(padded)[:, :, :25], x_codec.encode(short))


@pytest.mark.parametrize("samples", [320, 399, 1_601, 80_016])
def test_any_length_encodes_and_decodes_to_whole_frames(x_codec, samples):
    codes = x_codec.encode(waves(1, samples))
    assert abs(codes.shape[2] - samples / 320) <= 1
    assert x_codec.decode(codes).shape == (1, 320 * codes.shape[2])


def test_a_sound_shorter_than_a_frame_is_an_error(x_codec):
    with pytest.raises(ValueError, match="expected at least 320 samples, got 319"):
        x_codec.encode(waves(1, 319))


def test_stereo_is_an_error(x_codec):
    with pytest.raises(ValueError, match=r"expected mono .* got the shape \(1, 2, 16000\)"):
        x_codec.encode(np.zeros((1, 2, 16_000), np.float32))


def test_other_weights_have_another_id(x_codec, x_codec_folder, tmp_path):
    assert re.fullmatch(r"x-codec@[0-9a-f]{12}", x_codec.id)
    assert XCodec.load(str(x_codec_folder)).id == x_codec.id
    assert XCodec.load(str(save_tiny_x_codec(tmp_path, seed=1))).id != x_codec.id


def test_a_missing_model_names_what_to_do(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=r"found no 'no-one/no-codec'.*hf download.*mel-rvq"):
        XCodec.load("no-one/no-codec")


def test_a_path_that_is_not_there_names_what_to_do():
    with pytest.raises(ValueError, match=r"found no '/no/such/folder'.*hf download"):
        XCodec.load("/no/such/folder")


def test_a_folder_without_weights_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"expected config.json and \*.safetensors"):
        XCodec.load(str(tmp_path))


def test_another_kind_of_model_is_an_error(tmp_path):
    transformers.HubertConfig().save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ValueError, match="expected an xcodec model at 16000 Hz, got hubert"):
        XCodec.load(str(tmp_path))


def test_another_sample_rate_is_an_error(x_codec_folder, tmp_path):
    configuration = json.loads((x_codec_folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(configuration | {"sample_rate": 24_000}))
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ValueError, match="got xcodec at 24000 Hz"):
        XCodec.load(str(tmp_path))
