"""Backbones: Qwen2, Qwen2.5 and Llama-family weights, as transformers stores them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from training.decoder import Decoder, DecoderShape
from training.vocabulary import SPECIALS

_FAMILIES = {"qwen2": True, "llama": False}
"""Model type to whether queries, keys and values have biases."""

_LAYER = {
    "attention_norm": "input_layernorm",
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "output": "self_attn.o_proj",
    "feed_norm": "post_attention_layernorm",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}
"""Our name of a module in a layer to transformers'."""


def shape_of(config: Mapping[str, Any], *, tied: bool | None = None) -> DecoderShape:
    """Return the decoder's shape of a transformers configuration.

    Args:
        config: Content of `config.json`.
        tied: Whether to tie head and embedding; as in the configuration if None.

    Raises:
        ValueError: If the family or its rotary scaling is not supported.
    """
    family = config.get("model_type")
    rope = {**(config.get("rope_scaling") or {}), **(config.get("rope_parameters") or {})}
    kind = rope.get("rope_type", "default")
    if family not in _FAMILIES or kind != "default" or config.get("use_sliding_window"):
        msg = f"expected {' or '.join(_FAMILIES)} with plain rotary positions and full attention, "
        msg += f"got {family!r} with {kind!r} rotary positions"
        raise ValueError(msg)
    heads = config["num_attention_heads"]
    return DecoderShape(
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        heads=heads,
        kv_heads=config.get("num_key_value_heads") or heads,
        head_features=config.get("head_dim") or config["hidden_size"] // heads,
        intermediate=config["intermediate_size"],
        rope_theta=rope.get("rope_theta") or config.get("rope_theta") or 10_000.0,
        norm_epsilon=config["rms_norm_eps"],
        qkv_bias=_FAMILIES[family] or bool(config.get("attention_bias")),
        tied=bool(config.get("tie_word_embeddings")) if tied is None else tied,
    )


def load_backbone(decoder: Decoder, state: Mapping[str, Tensor]) -> None:
    """Copy a language model's weights into a decoder; audio rows and streams stay as they are.

    Args:
        decoder: Decoder of the same shape.
        state: State dictionary of the transformers model.

    Raises:
        ValueError: If a weight is missing, has another shape, or is left over.
    """
    rest = {name: tensor for name, tensor in state.items() if "rotary_emb" not in name}
    with torch.no_grad():
        embedding = _taken(rest, "model.embed_tokens.weight")
        head = rest.pop("lm_head.weight", embedding)
        _copy(decoder.embedding.text[SPECIALS:], embedding, "model.embed_tokens.weight")
        if decoder.untied_head is not None:
            _copy(decoder.untied_head.text[SPECIALS:], head, "lm_head.weight")
        _copy(decoder.norm.weight, _taken(rest, "model.norm.weight"), "model.norm.weight")
        for name, parameter in decoder.layers.named_parameters():
            index, module, kind = name.split(".")
            theirs = f"model.layers.{index}.{_LAYER[module]}.{kind}"
            _copy(parameter, _taken(rest, theirs), theirs)
    if rest:
        msg = f"expected no further weights, got {sorted(rest)[:3]}"
        raise ValueError(msg)


def read_backbone(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read `config.json` and every safetensors file of a folder.

    Raises:
        ValueError: If the folder lacks one of them.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not (folder / "config.json").is_file() or not files:
        msg = f"expected config.json and *.safetensors in {folder}; save the backbone there with "
        msg += "transformers' save_pretrained"
        raise ValueError(msg)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config, {name: t for file in files for name, t in load_file(file).items()}


def _taken(state: dict[str, Tensor], name: str) -> Tensor:
    if name not in state:
        msg = f"expected the weight {name}, got none"
        raise ValueError(msg)
    return state.pop(name)


def _copy(parameter: Tensor, weight: Tensor, name: str) -> None:
    if parameter.shape != weight.shape:
        msg = f"{name}: expected shape {tuple(parameter.shape)}, got {tuple(weight.shape)}"
        raise ValueError(msg)
    parameter.copy_(weight)
