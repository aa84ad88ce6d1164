from dataclasses import fields, replace

import pytest

from evaluation.protocols import PROTOCOLS, protocol_named
from evaluation.rows.figures import FIGURES


def test_the_presets_measure_what_their_sources_measure():
    assert {name: set(protocol.metrics) for name, protocol in PROTOCOLS.items()} == {
        "stable-audio-metrics": {"fd", "kl_gen_ref", "cl"},
        "audioldm-eval": {"fd", "kl_ref_gen", "is"},
        "ualm": {"fd", "kl_gen_ref", "is", "cl", "aes"},
    }
    assert all(set(protocol.metrics) <= set(FIGURES) for protocol in PROTOCOLS.values())


@pytest.mark.parametrize(
    ("preset", "metric", "said"),
    [
        ("ualm", "fd", ["44100 Hz stereo", "peak -1 dBFS before", "windows of 1 s", "hop 0.5 s"]),
        ("ualm", "kl_gen_ref", ["32000 Hz mono", "generated || reference", "epsilon 1e-06"]),
        ("ualm", "is", ["cnn14-32k", "32000 Hz first channel", "10 splits", "before the sigmoid"]),
        ("ualm", "cl", ["clap-htsat-fused", "48000 Hz mono", "int16"]),
        ("ualm", "aes", ["16000 Hz mono", "windows of 10 s", "weighted by their length"]),
        ("audioldm-eval", "fd", ["cnn14-16k", "embedding of 2048", "one vector a clip"]),
        ("audioldm-eval", "kl_ref_gen", ["cnn14-16k", "reference || generated", "mean removed"]),
        ("audioldm-eval", "is", ["16000 Hz", "at least 32000 samples", "10 splits"]),
    ],
)
def test_a_protocol_says_what_a_figure_depends_on(preset, metric, said):
    text = PROTOCOLS[preset].metrics[metric].text
    assert [part for part in said if part not in text] == []


def test_every_field_of_a_protocol_counts_in_its_digest():
    before = PROTOCOLS["ualm"].metrics["kl_gen_ref"]
    other = {
        "weights": "x",
        "preparation": replace(before.preparation, peak_dbfs=None),
        "layer": "x",
        "window_s": 20.0,
        "hop_s": 1.0,
        "pooling": "x",
        "direction": "x",
        "epsilon": 1e-7,
        "splits": 1,
        "detail": "x",
    }
    assert set(other) == {field.name for field in fields(before)}
    digests = {replace(before, **{name: value}).digest for name, value in other.items()}
    assert len({before.digest, *digests}) == 1 + len(other)


def test_presets_share_the_protocols_that_they_share():
    ours, theirs = PROTOCOLS["ualm"].metrics, PROTOCOLS["stable-audio-metrics"].metrics
    assert all(ours[name].digest == theirs[name].digest for name in ("fd", "kl_gen_ref", "cl"))
    assert ours["is"].digest != PROTOCOLS["audioldm-eval"].metrics["is"].digest


def test_music_is_heard_by_the_network_of_music():
    music, sounds = protocol_named("ualm", "music"), protocol_named("ualm")
    assert music.metrics["fd"].weights == "openl3-mel256-music-512"
    assert sounds.metrics["fd"].weights == "openl3-mel256-env-512"
    assert music.metrics["fd"].digest != sounds.metrics["fd"].digest
    assert music.metrics["aes"] == sounds.metrics["aes"]


def test_unknown_presets_and_content_are_an_error():
    with pytest.raises(ValueError, match="one of the presets stable-audio-metrics, audioldm-eval"):
        protocol_named("fadtk")
    with pytest.raises(ValueError, match="content env or music, got 'speech'"):
        protocol_named("ualm", "speech")
