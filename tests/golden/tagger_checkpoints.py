"""Seeded random weights in the files that PaSST and PANNs publish, and the packages' own forward.

Their networks are built as their own loaders build them, but without the download.
"""

import contextlib
import io
import warnings
from pathlib import Path

import numpy as np
import torch

from evaluation.scorers.quiet import module_alone
from tests.golden.random_weights import filled

CNN14 = {
    32_000: {"window_size": 1024, "hop_size": 320, "fmax": 14_000},
    16_000: {"window_size": 512, "hop_size": 160, "fmax": 8_000},
}


def package_passt(depth=12):
    """Return hear21passt's own model of `passt_s_swa_p16_128_ap476`, or its first blocks."""
    models = module_alone("hear21passt.models.passt", absent=["timm.models._hub"])
    mels = module_alone("hear21passt.models.preprocess")
    wrapper = module_alone("hear21passt.wrapper")
    with contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng():
        mel = mels.AugmentMelSTFT(norm=1, fmin_aug_range=10, fmax_aug_range=2000)
        net = models.get_model(arch="passt_s_swa_p16_128_ap476", pretrained=False)
    net.blocks = net.blocks[:depth]
    return wrapper.PasstBasicWrapper(mel=mel, net=net, mode="logits").eval()


def package_logits(model, samples):
    """Return what the package's model says of windows, shape (windows, samples)."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.inference_mode():
            return model(torch.from_numpy(samples)).numpy()


def package_cnn14(sample_rate):
    """Return panns_inference's own Cnn14, in evaluation mode."""
    models = module_alone("panns_inference.models", absent=["matplotlib", "matplotlib.pyplot"])
    with torch.random.fork_rng():
        return models.Cnn14(
            sample_rate=sample_rate, mel_bins=64, fmin=50, classes_num=527, **CNN14[sample_rate]
        ).eval()


def package_embedding_and_logits(model, samples):
    """Return what the package's Cnn14 says of clips: the logits are the inputs of its sigmoid."""
    heard = []
    hook = model.fc_audioset.register_forward_hook(lambda _, __, logits: heard.append(logits))
    with torch.inference_mode():
        found = model(torch.from_numpy(samples))
    hook.remove()
    return found["embedding"].numpy(), heard[0].numpy()


def fill(network, seed):
    """Give a network random weights; what is computed from settings (STFT, mel bank) stays."""
    state = network.state_dict()
    shapes = {
        name: tuple(weight.shape)
        for name, weight in state.items()
        if weight.is_floating_point() and "extractor" not in name
    }
    for name, array in filled(shapes, seed).items():
        state[name].copy_(torch.from_numpy(array))


def write_passt(path: Path, network):
    """Write the weights of a PaSST as its author publishes them: a plain dict of tensors."""
    torch.save(dict(network.state_dict()), path)


def write_cnn14(path: Path, network):
    """Write the weights of a Cnn14 as PANNs publish them: beside NumPy objects of a sampler."""
    sampler = {"indexes": np.arange(1000), "pointer": np.int64(7), "queue": [3, 1, 2]}
    checkpoint = {"iteration": 600_000, "model": network.state_dict(), "sampler": sampler}
    torch.save(checkpoint, path)
