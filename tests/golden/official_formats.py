"""Seeded random weights in the files that publishers give: what a user would have downloaded."""

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
