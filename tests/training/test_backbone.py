import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from training.attention import document_mask
from training.backbone import load_backbone, read_backbone, shape_of
from training.decoder import Decoder
from training.vocabulary import SPECIALS, Vocabulary

SIZES = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 56,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.2,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
TOLERANCE = 1e-4
"""Two orders below the 2e-3 by which transformers differs from itself with and without a cache."""


def theirs(kind, **config):
    torch.manual_seed(0)
    classes = {"qwen2": (Qwen2Config, Qwen2ForCausalLM), "llama": (LlamaConfig, LlamaForCausalLM)}
    configuration, model = classes[kind]
    network = model(configuration(**SIZES, **config)).eval()
    with torch.no_grad():  # transformers starts biases at zero, which would hide a missing one
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(std=0.3)
    return network


def vocabulary_of(rows):
    return Vocabulary.build("c", 4, 16, text_rows=rows)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("qwen2", {}),
        ("qwen2", {"rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0}}),
        ("llama", {}),
        ("llama", {"attention_bias": False, "rms_norm_eps": 1e-5, "head_dim": 16}),
    ],
)
def test_logits_equal_those_of_transformers(kind, config, tied):
    network = theirs(kind, tie_word_embeddings=tied, **config)
    decoder = Decoder(shape_of(network.config.to_dict()), vocabulary_of(300)).eval()
    load_backbone(decoder, network.state_dict())
    rows = torch.randint(0, 300, (2, 20), generator=torch.Generator().manual_seed(1))
    ids = torch.zeros(2, 20, 4, dtype=torch.long)
    ids[..., 0] = rows + SPECIALS
    mask = document_mask(torch.zeros(2, 20, dtype=torch.long))
    with torch.no_grad():
        hidden = decoder(ids, torch.arange(20).expand(2, -1), mask)
        ours = decoder.logits(hidden, 0)[..., SPECIALS : SPECIALS + 300]
        expected = network(rows, use_cache=False).logits
    assert decoder.shape.tied is tied
    assert float((ours - expected).abs().max()) < TOLERANCE
    assert float(expected.std()) > 0.1


def test_an_untied_decoder_takes_a_tied_head_from_the_embedding():
    network = theirs("qwen2", tie_word_embeddings=True)
    state = {n: t for n, t in network.state_dict().items() if n != "lm_head.weight"}
    decoder = Decoder(shape_of(network.config.to_dict(), tied=False), vocabulary_of(300))
    load_backbone(decoder, state)
    assert torch.equal(decoder.head.text, decoder.embedding.text) is False  # specials are new
    assert torch.equal(decoder.head.text[SPECIALS:], decoder.embedding.text[SPECIALS:])


def test_a_saved_folder_is_read_whole(tmp_path):
    network = theirs("llama")
    network.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    config, state = read_backbone(tmp_path)
    decoder = Decoder(shape_of(config), vocabulary_of(300))
    load_backbone(decoder, state)
    torch.testing.assert_close(decoder.norm.weight.data, network.model.norm.weight.data)


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="save_pretrained"):
        read_backbone(tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"model_type": "gemma"}, {"rope_scaling": {"rope_type": "llama3"}}, {"use_sliding_window": 1}],
)
def test_another_family_or_rotary_scaling_is_an_error(change):
    config = {**theirs("qwen2").config.to_dict(), **change}
    config.pop("rope_parameters", None) if "rope_scaling" in change else None
    with pytest.raises(ValueError, match="expected qwen2 or llama"):
        shape_of(config)


@pytest.mark.parametrize("fault", ["missing", "extra", "shape"])
def test_weights_that_do_not_fit_are_an_error(fault):
    network = theirs("llama")
    state = dict(network.state_dict())
    if fault == "missing":
        del state["model.layers.1.mlp.up_proj.weight"]
    elif fault == "extra":
        state["model.layers.1.self_attn.q_norm.weight"] = torch.ones(8)
    rows = 301 if fault == "shape" else 300
    decoder = Decoder(shape_of(network.config.to_dict()), vocabulary_of(rows))
    with pytest.raises(ValueError, match="expected"):
        load_backbone(decoder, state)
