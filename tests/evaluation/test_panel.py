from dataclasses import dataclass

import numpy as np
import pytest

from evaluation.embedded.signal_quality import QUALITY_AXES
from evaluation.panel import JudgePanel


@dataclass
class Judge:
    """As much of a judge as a panel asks for."""

    scorer: str = "embedded:x@1"
    sample_rate: int = 16_000
    axes: tuple[str, ...] = QUALITY_AXES

    def embed_texts(self, texts):
        return np.eye(3)[: len(texts)]


def test_a_judge_is_the_source_of_every_metric_that_it_has_axes_for():
    panel = JudgePanel(judge=Judge())
    names = ("fd", "kl_ref_gen", "kl_gen_ref", "is", "cl", "quality")
    assert {panel.source(name).scorer for name in names} == {"embedded:x@1"}
    assert panel.source("aes") is None
    rating = JudgePanel(judge=Judge(scorer="aes@1", axes=("ce", "cu", "pc", "pq")))
    assert rating.source("quality") is None
    assert rating.source("aes").comparable
    assert not panel.source("fd").comparable


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("fd", "embedded:x, 16000 Hz mono, windows, all windows of all clips, covariance with"),
        ("kl_gen_ref", "clip logits, softmax, generated || reference, epsilon 1e-06"),
        ("kl_ref_gen", "clip logits, softmax, reference || generated, epsilon 1e-06"),
        ("is", "clip logits, softmax, 10 splits"),
        ("cl", "clip embedding, cosine with the text"),
    ],
)
def test_a_judges_protocol_says_how_it_measures(metric, said):
    assert said in JudgePanel(judge=Judge()).source(metric).protocol.text


def test_a_panel_embeds_texts_as_its_judge_does():
    np.testing.assert_array_equal(JudgePanel(judge=Judge()).embed_texts(["a"]), [[1, 0, 0]])
