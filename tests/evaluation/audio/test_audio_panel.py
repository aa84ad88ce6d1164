import json
from collections import Counter

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from evaluation.audio.audio_panel import chosen_metrics, published_listeners
from evaluation.cli import evaluate
from evaluation.protocols import protocol_named
from evaluation.weights.adding import add
from evaluation.weights.store import MissingWeightsError
from tests.golden.official_formats import write_cnn14
from tests.golden.openl3 import official as openl3

RATE = 16_000


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with the networks of OpenL3 and of Cnn14 at 16 kHz, of random weights."""
    root = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UALM_WEIGHTS", str(root))
        openl3.save(root / "given.h5", 1)
        write_cnn14(root / "given.pth", seed=1, sample_rate=16_000)
        for name, given in (("openl3-mel256-env-512", "given.h5"), ("cnn14-16k", "given.pth")):
            add(name, root / given, lambda _done, _of: None, link=True, accept=True)
    return root


@pytest.fixture
def folders(store, tmp_path, monkeypatch):
    monkeypatch.setenv("UALM_WEIGHTS", str(store))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for side, level in (("made", 0.3), ("real", 0.1)):
        (tmp_path / side).mkdir()
        for stem in "abc":
            soundfile.write(tmp_path / side / f"{stem}.wav", level * rng.normal(size=RATE), RATE)
    soundfile.write(tmp_path / "made" / "silent.wav", np.zeros(RATE), RATE)
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(
        evaluate,
        ["audio", "--generated", "made", "--cache", "cache", *arguments],
        catch_exceptions=False,
    )


def test_kl_stands_for_the_direction_of_the_preset():
    assert chosen_metrics(protocol_named("ualm"), ["kl"]) == ["kl_gen_ref"]
    assert chosen_metrics(protocol_named("audioldm-eval"), ["is", "kl"])[0] == "kl_ref_gen"
    assert chosen_metrics(protocol_named("ualm"), []) == list(protocol_named("ualm").metrics)
    with pytest.raises(ValueError, match=r"expected metrics of the preset ualm: .* got 'fad'"):
        chosen_metrics(protocol_named("ualm"), ["fad"])


def test_missing_weights_are_named_with_one_command_and_what_can_be_measured(store, monkeypatch):
    monkeypatch.setenv("UALM_WEIGHTS", str(store))
    protocol = protocol_named("ualm")
    with pytest.raises(MissingWeightsError) as raised:
        published_listeners(protocol, chosen_metrics(protocol, ["fd", "kl", "is"]))
    assert str(raised.value) == (
        "the preset ualm lacks weights: passt-s-ap476 (for kl_gen_ref), cnn14-32k (for is); "
        "run `ualm weights pull passt-s-ap476 cnn14-32k`, or measure less: `--metrics fd`"
    )


@pytest.mark.slow
def test_metrics_of_one_network_share_one_ear(store, monkeypatch):
    monkeypatch.setenv("UALM_WEIGHTS", str(store))
    listeners = published_listeners(protocol_named("audioldm-eval"), ["kl_ref_gen", "is"])
    (ear,) = listeners.ears
    assert set(ear.takes) == {"logits", "is_logits"}
    assert listeners.panel.source("is").scorer == ear.scorer.scorer
    assert listeners.panel.source("cl") is None
    assert listeners.text_scorer is None


@pytest.mark.slow
@pytest.mark.usefixtures("folders")
def test_folders_are_measured_by_official_weights_and_reused():
    arguments = ("--reference", "real", "--metrics", "fd", "--json")
    result = invoke(*arguments)
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    kinds = Counter((row["name"], row["row_kind"]) for row in values["metrics"])
    assert kinds["fd", "system"] == kinds["fd", "noise"] == 1
    fd = next(
        row for row in values["metrics"] if (row["name"], row["row_kind"]) == ("fd", "system")
    )
    assert fd["scorer"].startswith("openl3-mel256-env-512@")
    assert (fd["n"], fd["n_missing"], fd["value"] > 0) == (3, 1, True)
    assert fd["preset"].startswith("ualm: openl3-mel256-env-512, 44100 Hz stereo, peak -1 dBFS")
    assert [(r["sound_id"], r["reason"]) for r in values["refusals"]] == [
        ("generated/silent", "silent")
    ]
    assert "not asked for: kl_gen_ref, cl, is, aes" in values["notes"]
    again = invoke(*arguments)
    assert json.loads(again.stdout) == values
    assert "heard 10 sounds (9 known from before)" in again.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("folders")
def test_what_the_input_does_not_allow_is_said():
    result = invoke("--preset", "audioldm-eval")
    assert result.exit_code == 0, result.stderr
    assert "kl_ref_gen was not measured: it needs real sound: give --reference" in result.stdout
    assert "no real sounds were given" in result.stdout
    assert "NOT the published weights" in result.stdout
    assert "generated/silent" not in result.stdout  # Cnn14 hears silence: no peak is needed


def test_weights_that_nothing_can_vouch_for_are_not_comparable(store, monkeypatch):
    monkeypatch.setenv("UALM_WEIGHTS", str(store))
    listeners = published_listeners(protocol_named("stable-audio-metrics"), ["fd"])
    source = listeners.panel.source("fd")
    assert not source.comparable
    assert source.notes == (
        "openl3-mel256-env-512 came from elsewhere, and no digest is published to check it",
    )
