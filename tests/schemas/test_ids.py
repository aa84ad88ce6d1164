import hashlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import content_id, digest_of, file_digest, seed_of, split_of

SHARES = [("train", 0.8), ("validation", 0.1), ("test", 0.1)]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(st.text()), st.lists(st.text()))
def test_different_identities_have_different_ids(a, b):
    assert (content_id("clip", *a) == content_id("clip", *b)) == (a == b)


def test_kinds_keep_equal_identities_apart():
    assert content_id("clip", "x") != content_id("recording", "x")


@given(JSON)
def test_digest_ignores_the_order_of_keys(value):
    reordered = dict(reversed(value.items())) if isinstance(value, dict) else value
    assert digest_of(value) == digest_of(reordered)


def test_objects_have_no_digest():
    with pytest.raises(TypeError):
        digest_of(object())


def test_infinity_has_no_digest():
    with pytest.raises(ValueError, match="Out of range"):
        digest_of(float("inf"))


def test_file_digest_is_the_sha256_of_its_bytes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc" * 100_000)
    assert file_digest(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()


def test_seeds_are_the_same_in_another_process():
    code = "from schemas.ids import seed_of; print(seed_of('clip', 3))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(out.stdout) == seed_of("clip", 3)


@given(st.text())
def test_seeds_fit_into_63_bits(identity):
    assert 0 <= seed_of(identity) < 2**63


def test_splits_have_about_their_shares():
    splits = [split_of(str(i), SHARES) for i in range(4000)]
    assert splits.count("train") / 4000 == pytest.approx(0.8, abs=0.03)
    assert splits.count("test") / 4000 == pytest.approx(0.1, abs=0.03)


def test_a_share_of_one_takes_everything():
    assert {split_of(str(i), [("test", 1.0)]) for i in range(50)} == {"test"}


def test_shares_that_do_not_add_up_are_an_error():
    with pytest.raises(ValueError, match="add up to 1"):
        split_of("x", [("train", 0.8)])
