import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.embedded.text_features import BUCKETS, text_buckets


@given(st.text(alphabet="abc é,.!", min_size=1))
def test_buckets_index_the_table_and_case_does_not_matter(text):
    if not any(c.isalnum() for c in text):
        return
    buckets = text_buckets(text)
    assert buckets == text_buckets(text.upper())
    assert all(0 <= bucket < BUCKETS for bucket in buckets)


def test_every_process_hashes_alike():
    code = (
        "from evaluation.embedded.text_features import text_buckets; print(text_buckets('a bell'))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {f"{text_buckets('a bell')}\n"}


def test_inflections_share_most_features():
    bell, bells, siren = (set(text_buckets(word)) for word in ("ringing", "ringings", "siren"))
    assert len(bell & bells) > 5 > len(bell & siren)


@pytest.mark.parametrize("text", ["", "...", "\n"])
def test_a_text_without_a_word_is_an_error(text):
    with pytest.raises(ValueError, match="at least one word"):
        text_buckets(text)
