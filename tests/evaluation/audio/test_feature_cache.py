import os

import numpy as np
import pytest

from evaluation.audio.feature_cache import FeatureCache, default_cache

KEY = "ab" * 32


@pytest.fixture
def cache(tmp_path):
    return FeatureCache(folder=tmp_path)


def features(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "embedding": rng.normal(size=(3, 4)).astype(np.float32),
        "logits": rng.normal(size=5).astype(np.float32),
    }


def test_features_come_back_bit_for_bit(cache):
    cache.put(KEY, features())
    found = cache.get(KEY)
    assert {name: value.tobytes() for name, value in found.items()} == {
        name: value.tobytes() for name, value in features().items()
    }
    assert found["embedding"].shape == (3, 4)


def test_what_a_killed_run_left_half_written_goes_and_what_is_being_written_stays(cache):
    cache.put(KEY, features())
    (kept,) = cache.folder.rglob("*.features")
    old, new = (kept.with_name(f".{kept.name}.{number}.tmp") for number in (1, 2))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    os.utime(kept, (0, 0))

    assert cache.clear_unfinished() == 1

    assert (old.exists(), new.exists(), kept.exists()) == (False, True, True)


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match=r"features cannot be kept in .*file: Not a dir.* --cache"):
        FeatureCache(folder=tmp_path / "file").put(KEY, features())


def test_equal_features_are_equal_files(cache, tmp_path):
    cache.put(KEY, features())
    reversed_names = dict(reversed(features().items()))
    other = FeatureCache(folder=tmp_path / "other")
    other.put(KEY, reversed_names)
    first, second = (next(c.folder.rglob(f"{KEY}.features")) for c in (cache, other))
    assert first.read_bytes() == second.read_bytes()


def test_what_was_never_kept_is_not_there(cache):
    assert cache.get(KEY) is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_named_and_replaced(cache, caplog, damage):
    cache.put(KEY, features())
    (path,) = cache.folder.rglob("*.features")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes({"cut": content[:90], "flipped": content, "empty": b""}[damage])
    assert cache.get(KEY) is None
    assert f"{path} is damaged: its features are computed again" in caplog.text
    cache.put(KEY, features())
    assert cache.get(KEY) is not None


def test_the_users_cache_folder_is_respected(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "ualm" / "features"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache().parts[-3:] == (".cache", "ualm", "features")
