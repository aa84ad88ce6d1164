"""Seeded random weights in the files that publishers give: what a user would have downloaded."""

import contextlib
import io
import warnings
from pathlib import Path

from tests.golden.random_weights import filled

AUDIOBOX_SETTINGS = {
    "proj_num_layer": 5,
    "proj_ln": True,
    "proj_act_fn": "gelu",
    "proj_dropout": 0.0,
    "nth_layer": 13,
    "use_weighted_layer_sum": True,
    "precision": "32",
    "normalize_embed": True,
    "output_dim": 1,
}
"""What the size of the official checkpoint, 416 MB, says of its heads; the rest as by default."""


def write_audiobox(path: Path, *, seed: int) -> None:
    """Write a `checkpoint.pt` of Audiobox-Aesthetics.

    Args:
        path: File to write, 420 MB.
        seed: Seed of the weights.
    """
    import torch
    from audiobox_aesthetics.model.aes import AesMultiOutput

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # its weight norm has the old form
        network = AesMultiOutput(**AUDIOBOX_SETTINGS)
    shapes = {name: tuple(array.shape) for name, array in network.state_dict().items()}
    checkpoint = {
        "state_dict": {
            f"model.{name}": torch.from_numpy(array) for name, array in filled(shapes, seed).items()
        },
        "model_cfg": AUDIOBOX_SETTINGS | {"freeze_encoder": True},
        "target_transform": {
            axis: {"mean": 5 + place / 3, "std": 1 + place / 7}
            for place, axis in enumerate(("CE", "CU", "PC", "PQ"))
        },
    }
    torch.save(checkpoint, path)


def write_passt(path: Path, *, seed: int) -> None:
    """Write a `passt-s-f128-p16-s10-ap.476-swa.pt`, 340 MB."""
    import torch
    from hear21passt.models.passt import get_model

    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it builds
        network = get_model(arch="passt_s_swa_p16_128_ap476", pretrained=False)
    torch.save(_filled_state(network, seed), path)


def write_cnn14(path: Path, *, seed: int, sample_rate: int) -> None:
    """Write a `Cnn14_mAP=0.431.pth` (32 kHz) or `Cnn14_16k_mAP=0.438.pth`, 330 MB."""
    import torch

    from evaluation.scorers.quiet import module_alone

    # The package itself fetches a file when it is imported.
    package = module_alone("panns_inference.models", absent=["matplotlib", "matplotlib.pyplot"])
    window, hop, highest = {32_000: (1024, 320, 14_000), 16_000: (512, 160, 8_000)}[sample_rate]
    network = package.Cnn14(sample_rate, window, hop, 64, 50, highest, 527)
    state = _filled_state(network, seed)
    state["fc_audioset.weight"] *= 0.05  # else one class of every clip would have all probability
    torch.save({"iteration": 600_000, "model": state}, path)


def _filled_state(network, seed):
    """Return the weights of a network at random, but its spectrogram's filters as they are."""
    import torch

    state = network.state_dict()
    shapes = {
        name: tuple(array.shape)
        for name, array in state.items()
        if array.is_floating_point() and "_extractor." not in name
    }
    return state | {name: torch.from_numpy(array) for name, array in filled(shapes, seed).items()}
