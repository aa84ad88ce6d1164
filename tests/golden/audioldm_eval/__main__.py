"""Make 16k.json or 32k.json by the code of audioldm_eval itself: see README."""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from tests.golden.record import write_golden
from tests.golden.reference_clips import write_clips

HERE = Path(__file__).parent
SEED = 7
"""Of the weights."""

UNUSED = ("skimage.metrics", "ssr_eval.metrics", "resampy")
"""Imported by the package for metrics that are not measured here."""


def main(name: str) -> None:
    """Write IS and both KL of Cnn14 at `16k` or `32k`."""
    sample_rate = {"16k": 16_000, "32k": 32_000}[name]
    repository = Path.cwd()
    sys.path.insert(0, str(repository))
    with tempfile.TemporaryDirectory() as folder:
        write_clips(Path(folder))
        os.chdir(folder)  # their code looks for weights in the folder that it is run in
        found = measured(Path(folder), sample_rate)
        os.chdir(repository)
    packages = ("audioldm-eval", "torch", "torchaudio", "torchlibrosa", "numpy")
    write_golden(HERE / f"{name}.json", packages, **found)


def measured(folder: Path, sample_rate: int) -> dict[str, object]:
    """Return the metrics of the clips, with random weights in the place of the official ones."""
    import soundfile
    import torch
    import torchaudio

    from tests.golden.official_formats import write_cnn14

    for name in UNUSED:
        parent, _, leaf = name.rpartition(".")
        for module in filter(None, (parent, name)):
            sys.modules.setdefault(module, _Unused(module))
        if parent:
            setattr(sys.modules[parent], leaf, sys.modules[name])
    # Since 2.9 torchaudio decodes by torchcodec; a WAV file gives the same numbers here.
    torchaudio.load = lambda path: (
        torch.from_numpy(soundfile.read(path, dtype="float32", always_2d=True)[0].T),
        soundfile.info(path).samplerate,
    )
    checkpoints = folder / "ckpt"
    checkpoints.mkdir()
    for name, rate in (("Cnn14_mAP=0.431.pth", 32_000), ("Cnn14_16k_mAP=0.438.pth", 16_000)):
        write_cnn14(checkpoints / name, seed=SEED, sample_rate=rate)
    theirs = importlib.import_module("audioldm_eval.eval")
    # Its constructor also fetches VGGish.
    helper = object.__new__(theirs.EvaluationHelper)
    helper.device = "cpu"
    window, hop, highest = {32_000: (1024, 320, 14_000), 16_000: (512, 160, 8_000)}[sample_rate]
    helper.mel_model = theirs.Cnn14(
        ["2048", "logits"], sample_rate, window, hop, 64, 50, highest, 527
    ).eval()
    generated, reference = (
        helper.get_featuresdict(
            theirs.DataLoader(theirs.WaveDataset(str(folder / side), sample_rate), batch_size=1)
        )
        for side in ("generated", "reference")
    )
    divergence, *_ = theirs.calculate_kl(generated, reference, "logits", True)
    inception = theirs.calculate_isc(
        generated, feat_layer_name="logits", splits=10, samples_shuffle=True, rng_seed=2020
    )
    return {"value": divergence | inception, "logits_a": _few(generated)}


def _few(found) -> list[float]:
    """Return the first logits of clip `a`: where a difference begins is then seen at once."""
    place = found["file_path_"].index("a.wav")
    return [round(float(value), 6) for value in found["logits"][place, :4]]


class _Unused(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


if __name__ == "__main__":
    main(sys.argv[1])
