"""Seeded random weights of CLAP (HTSAT-tiny with fusion), in laion_clap's file and transformers'.

Both hold the same numbers: `630k-audioset-fusion-best.pt` is what laion_clap loads, and a folder
like `laion/clap-htsat-fused` is what transformers loads.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.golden.random_weights import filled

Arrays = dict[str, NDArray[np.float32]]

WORDS = ("the", "and", "ing", "er", "in", "on", "at", "re", "of", "is", "or", "ur", "a", "w", "s")
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_RENAMED = (
    ("text_branch.", "text_model."),
    ("audio_branch.", "audio_model.audio_encoder."),
    ("encoder.bn0.", "encoder.batch_norm."),
    (".attn.relative_position_bias_table", ".attention.self.relative_position_bias_table"),
    (".attn.proj.", ".attention.output.dense."),
    (".mlp.fc1.", ".intermediate.dense."),
    (".mlp.fc2.", ".output.dense."),
    (".norm1.", ".layernorm_before."),
    (".norm2.", ".layernorm_after."),
    ("_projection.0.", "_projection.linear1."),
    ("_projection.2.", "_projection.linear2."),
)


def tokens() -> tuple[dict[str, int], list[str]]:
    """Return a byte-level vocabulary in RoBERTa's format, and its merges."""
    letters = [chr(code) for code in range(33, 127)] + ["\u0120"]
    merges, known = [], set(letters)
    for word in WORDS:
        for start in ("", "\u0120"):
            left = start or word[0]
            for letter in word if start else word[1:]:
                merges.append(f"{left} {letter}")
                left += letter
                known.add(left)
    merges = list(dict.fromkeys(merges))
    vocabulary = [*SPECIAL, *letters, *sorted(known - set(letters)), "<mask>"]
    return {token: place for place, token in enumerate(vocabulary)}, merges


def laion_weights(seed: int) -> Arrays:
    """Return the weights that decide an embedding, by laion_clap's names.

    The first norm gets the mean and variance of levels in dB, which the input consists of.
    """
    shapes = _text_shapes() | _audio_shapes()
    for side in ("text", "audio"):
        for number, inputs in ((0, 768), (2, 512)):
            shapes[f"{side}_projection.{number}.weight"] = (512, inputs)
            shapes[f"{side}_projection.{number}.bias"] = (512,)
    drawn = filled(shapes, seed)
    drawn["audio_branch.bn0.running_mean"] -= np.float32(25)
    drawn["audio_branch.bn0.running_var"] *= np.float32(400)
    return drawn


def write_transformers(folder: Path, seed: int) -> None:
    """Write a folder in the format of `laion/clap-htsat-fused`, 450 MB."""
    import torch
    from safetensors.torch import save_file

    vocabulary, merges = tokens()
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "clap",
        "architectures": ["ClapModel"],
        "projection_dim": 512,
        "text_config": {"model_type": "clap_text_model", "vocab_size": len(vocabulary)},
        "audio_config": {
            "model_type": "clap_audio_model",
            "enable_fusion": True,
            "fusion_type": "aff_2d",
        },
    }
    extractor = {
        "feature_extractor_type": "ClapFeatureExtractor",
        "frequency_min": 0,
        "truncation": "fusion",
    }
    tokenizer = {"tokenizer_class": "RobertaTokenizer", "model_max_length": 512}
    for name, content in (
        ("config.json", config),
        ("preprocessor_config.json", extractor),
        ("tokenizer_config.json", tokenizer),
        ("vocab.json", vocabulary),
    ):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "merges.txt").write_text(
        "#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8"
    )
    _fast_tokenizer(vocabulary, merges).save(str(folder / "tokenizer.json"))
    arrays = as_transformers(laion_weights(seed))
    state = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    state |= {f"logit_scale_{side}": torch.tensor(2.66) for side in "at"}
    save_file(state, folder / "model.safetensors")


def _fast_tokenizer(vocabulary: dict[str, int], merges: list[str]):
    import tokenizers

    pairs = [tuple(merge.split(" ")) for merge in merges]
    made = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, pairs, unk_token="<unk>"))  # noqa: S106
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    made.post_processor = tokenizers.processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False
    )
    made.add_special_tokens([*SPECIAL, "<mask>"])
    return made


def as_transformers(arrays: Arrays) -> Arrays:
    """Return laion_clap's weights by transformers' names, its joint `qkv` split into three."""
    found = {}
    for name, array in arrays.items():
        renamed = name
        for old, new in _RENAMED:
            renamed = renamed.replace(old, new)
        if ".attn.qkv." in renamed:
            for part, piece in zip(("query", "key", "value"), np.split(array, 3), strict=True):
                found[renamed.replace(".attn.qkv.", f".attention.self.{part}.")] = piece
        else:
            found[renamed] = array
    return found


def _layer(name: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int, *, of_batch: bool = False) -> dict[str, tuple[int, ...]]:
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (width,) for part in parts[: 4 if of_batch else 2]}


def _text_shapes() -> dict[str, tuple[int, ...]]:
    branch = "text_branch.embeddings"
    shapes = {
        f"{branch}.word_embeddings.weight": (len(tokens()[0]), 768),
        f"{branch}.position_embeddings.weight": (514, 768),
        f"{branch}.token_type_embeddings.weight": (1, 768),
        **_norm(f"{branch}.LayerNorm", 768),
        **_layer("text_branch.pooler.dense", 768, 768),
    }
    for number in range(12):
        layer = f"text_branch.encoder.layer.{number}"
        for part in ("query", "key", "value"):
            shapes |= _layer(f"{layer}.attention.self.{part}", 768, 768)
        shapes |= _layer(f"{layer}.attention.output.dense", 768, 768)
        shapes |= _norm(f"{layer}.attention.output.LayerNorm", 768)
        shapes |= _layer(f"{layer}.intermediate.dense", 3072, 768)
        shapes |= _layer(f"{layer}.output.dense", 768, 3072)
        shapes |= _norm(f"{layer}.output.LayerNorm", 768)
    return shapes


def _audio_shapes() -> dict[str, tuple[int, ...]]:
    branch = "audio_branch"
    shapes = _norm(f"{branch}.bn0", 64, of_batch=True) | _norm(f"{branch}.norm", 768)
    shapes |= {
        f"{branch}.patch_embed.proj.weight": (96, 1, 4, 4),
        f"{branch}.patch_embed.proj.bias": (96,),
        f"{branch}.patch_embed.mel_conv2d.weight": (96, 1, 4, 12),
        f"{branch}.patch_embed.mel_conv2d.bias": (96,),
        **_norm(f"{branch}.patch_embed.norm", 96),
    }
    for part, first in (("local_att", 0), ("global_att", 1)):
        fusion = f"{branch}.patch_embed.fusion_model.{part}"
        for number, outputs, inputs in ((first, 24, 96), (first + 3, 96, 24)):
            shapes[f"{fusion}.{number}.weight"] = (outputs, inputs, 1, 1)
            shapes[f"{fusion}.{number}.bias"] = (outputs,)
            shapes |= _norm(f"{fusion}.{number + 1}", outputs, of_batch=True)
    for stage, (depth, heads) in enumerate(((2, 4), (2, 8), (6, 16), (2, 32))):
        width = 96 * 2**stage
        for number in range(depth):
            shapes |= _block_shapes(f"{branch}.layers.{stage}.blocks.{number}", width, heads)
        if stage < 3:
            downsample = f"{branch}.layers.{stage}.downsample"
            shapes[f"{downsample}.reduction.weight"] = (2 * width, 4 * width)
            shapes |= _norm(f"{downsample}.norm", 4 * width)
    return shapes


def _block_shapes(block: str, width: int, heads: int) -> dict[str, tuple[int, ...]]:
    return {
        **_norm(f"{block}.norm1", width),
        f"{block}.attn.relative_position_bias_table": (15 * 15, heads),
        **_layer(f"{block}.attn.qkv", 3 * width, width),
        **_layer(f"{block}.attn.proj", width, width),
        **_norm(f"{block}.norm2", width),
        **_layer(f"{block}.mlp.fc1", 4 * width, width),
        **_layer(f"{block}.mlp.fc2", width, 4 * width),
    }
