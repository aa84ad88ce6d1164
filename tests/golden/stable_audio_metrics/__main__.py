"""Make fd.json, kl.json or cl.json by the code of stable-audio-metrics itself: see README."""

import importlib
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.golden.record import write_golden
from tests.golden.reference_clips import FEW, SHORT, write_clips

HERE = Path(__file__).parent
SEED = 7
"""Of the weights of every network."""


def main(name: str) -> None:
    """Write one golden value.

    Args:
        name: `fd`, `kl` or `cl`; $STABLE_AUDIO_METRICS is a checkout of the repository.
    """
    sys.path.insert(0, os.environ["STABLE_AUDIO_METRICS"])
    repository = Path.cwd()
    sys.path.insert(0, str(repository))
    with tempfile.TemporaryDirectory() as folder:
        captions = write_clips(Path(folder))
        few = Path(folder) / "few"
        write_clips(few, FEW if name == "kl" else SHORT)
        os.chdir(folder)  # their code writes into the folder that it is run in
        found = {"fd": fd, "kl": kl, "cl": cl}[name](Path(folder), few, captions)
        os.chdir(repository)
    packages = found.pop("packages")
    write_golden(HERE / f"{name}.json", packages, **found)


def fd(folder: Path, few: Path, _: dict[str, str]) -> dict[str, object]:
    """Return FD on OpenL3, by TensorFlow."""
    import openl3
    from scipy import linalg

    from tests.golden.openl3.official import save

    weights = save(folder / "openl3_audio_mel256_env.h5", SEED)
    openl3.models.get_audio_embedding_model_path = lambda *_: str(weights)
    theirs = importlib.import_module("src.openl3_fd")
    embedded = []
    original = theirs.calculate_embd_statistics
    theirs.calculate_embd_statistics = lambda rows: (
        embedded.append(np.array(rows, np.float64)),
        original(rows),
    )[1]

    def measured(*, batching: int) -> float:
        return float(
            theirs.openl3_fd(
                channels=2,
                samplingrate=44100,
                content_type="env",
                openl3_hop_size=0.5,
                eval_path=str(few / "generated"),
                ref_path=str(few / "reference"),
                batching=batching,
            )
        )

    value = measured(batching=4)
    reference, generated = embedded
    return {
        "value": value,
        "frames": [len(generated), len(reference)],
        "exact_of_the_same_embeddings": _exact_fd(generated, reference, linalg),
        "value_without_batching": measured(batching=0),
        "packages": ("openl3", "tensorflow-cpu", "numpy", "scipy", "soxr", "librosa"),
    }


def _exact_fd(first, second, linalg) -> float:
    """Return FD without a square root of a singular matrix: by the rows' own small products."""
    means = first.mean(axis=0), second.mean(axis=0)
    roots = [
        (rows - mean) / np.sqrt(len(rows) - 1)
        for rows, mean in zip((first, second), means, strict=True)
    ]
    overlap = linalg.svdvals(roots[0] @ roots[1].T).sum()
    spread = sum((root**2).sum() for root in roots)
    return float(((means[0] - means[1]) ** 2).sum() + spread - 2 * overlap)


def kl(folder: Path, few: Path, _: dict[str, str]) -> dict[str, object]:
    """Return KL on PaSST, on the CPU."""
    import torch

    from tests.golden.official_formats import write_passt

    os.environ["TORCH_HOME"] = str(folder / "torch")
    cached = folder / "torch/hub/checkpoints/passt-s-f128-p16-s10-ap.476-swa.pt"
    cached.parent.mkdir(parents=True)
    write_passt(cached, seed=SEED)
    for kind in (torch.nn.Module, torch.Tensor):
        kind.cuda = lambda self, *_: self  # their code asks for a GPU
    theirs = importlib.import_module("src.passt_kld")
    per_clip = []
    original = theirs.F.kl_div
    theirs.F.kl_div = lambda *given, **how: (
        per_clip.append(float(original(*given, **how))),
        original(*given, **how),
    )[1]
    value = theirs.passt_kld(
        ids=list(FEW), eval_path=str(few / "generated"), ref_path=str(few / "reference")
    )
    return {
        "value": float(value),
        "per_clip": dict(zip(FEW, per_clip, strict=True)),
        "packages": ("hear21passt", "torch", "numpy", "librosa", "soxr"),
    }


def cl(folder: Path, _: Path, captions: dict[str, str]) -> dict[str, object]:
    """Return CL on laion_clap, whose text network comes from here and not from a hub."""
    import torch
    import transformers

    from tests.golden.official_clap import laion_weights, tokens

    _local_roberta(transformers, folder, *tokens())
    theirs = importlib.import_module("src.clap_score")
    module = theirs.laion_clap.CLAP_Module
    theirs.laion_clap.CLAP_Module = lambda **how: module(**(how | {"device": "cpu"}))
    network = theirs.laion_clap.CLAP_Module(enable_fusion=True)
    state = network.model.state_dict()
    arrays = laion_weights(SEED)
    wrong = [k for k, array in arrays.items() if state[k].shape != array.shape]
    if wrong:
        msg = f"expected laion_clap's shapes, got others: {wrong}"
        raise ValueError(msg)
    state |= {name: torch.from_numpy(array) for name, array in arrays.items()}
    state["text_branch.embeddings.position_ids"] = torch.arange(514)[None]
    path = folder / "load/clap_score/630k-audioset-fusion-best.pt"
    path.parent.mkdir(parents=True)
    torch.save({"state_dict": {f"module.{name}": array for name, array in state.items()}}, path)
    as_is, cosines = _seeded_clap_score(theirs, captions, folder)
    resize = theirs.laion_clap.training.data.torchvision.transforms.Resize
    theirs.laion_clap.training.data.torchvision.transforms.Resize = lambda size: resize(
        size, antialias=False
    )
    _, blurred = _seeded_clap_score(theirs, captions, folder)
    return {
        "value": as_is,
        "per_clip": cosines,
        "per_clip_without_antialiasing": blurred,
        "packages": ("laion-clap", "torch", "torchvision", "transformers", "numpy", "librosa"),
    }


def _seeded_clap_score(theirs, captions, folder) -> tuple[float, dict[str, float]]:
    """Return the mean and each cosine; long clips are cropped by the seed that ours takes."""
    import hashlib

    import torch

    features = theirs.laion_clap.hook.get_audio_features

    def seeded(sample, audio, *given, **how):
        digest = hashlib.sha256(audio.numpy().tobytes()).digest()
        np.random.seed(int.from_bytes(digest[:4], "little"))  # noqa: NPY002 (theirs draws from it)
        return features(sample, audio, *given, **how)

    theirs.laion_clap.hook.get_audio_features = seeded
    cosines = []
    original = torch.nn.functional.cosine_similarity
    torch.nn.functional.cosine_similarity = lambda *given, **how: (
        cosines.append(float(original(*given, **how)[0])),
        original(*given, **how),
    )[1]
    value = float(theirs.clap_score(captions, str(folder / "generated")))
    torch.nn.functional.cosine_similarity = original
    theirs.laion_clap.hook.get_audio_features = features
    return value, dict(zip(captions, cosines, strict=True))


def _local_roberta(transformers, folder: Path, vocabulary, merges) -> None:
    """Let laion_clap build its text network and tokeniser without fetching any."""
    import json

    vocab, merged = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps(vocabulary), encoding="utf-8")
    merged.write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    tokenizer = transformers.RobertaTokenizer(str(vocab), str(merged), model_max_length=512)
    config = transformers.RobertaConfig(
        vocab_size=len(vocabulary),
        max_position_embeddings=514,
        type_vocab_size=1,
        layer_norm_eps=1e-5,  # of roberta-base
    )
    made = {
        "RobertaModel": lambda *_, **__: transformers.RobertaModel(config),
        "RobertaTokenizer": lambda *_, **__: tokenizer,
        "BertTokenizer": lambda *_, **__: None,
        "BartTokenizer": lambda *_, **__: None,
    }
    for name, make in made.items():
        getattr(transformers, name).from_pretrained = make


if __name__ == "__main__":
    main(sys.argv[1])
