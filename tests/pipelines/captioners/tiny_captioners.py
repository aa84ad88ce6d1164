"""Captioners of a few thousand random weights, saved in the official formats."""

import tokenizers
import torch
import transformers
from tokenizers import decoders, pre_tokenizers

PLACES = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}
TURNS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'audio' %}AUDIO_PLACE"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXT = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 4096,
}
SPOKEN = 200
"""Every token from here on ends an answer, so that a random model comes to an end."""


def tokeniser(*extra):
    """Bytes as tokens, after the special ones."""
    specials = [*TURNS, *PLACES.values(), *extra]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate([*specials, *letters])}
    made = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(specials)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token=TURNS[2],
        pad_token=TURNS[0],
        extra_special_tokens=PLACES,
    )


def features():
    return transformers.WhisperFeatureExtractor(feature_size=16, return_attention_mask=True)


def saved(folder, model_class, config, processor):
    """Save a model with random weights and its processor; it ends its answers."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = model_class(config)
    model.generation_config.eos_token_id = list(range(SPOKEN, 266))
    model.generation_config.pad_token_id = 0
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def qwen2_audio(folder):
    config = transformers.Qwen2AudioConfig(
        audio_config={
            "model_type": "qwen2_audio_encoder",
            "num_mel_bins": 16,
            "d_model": 16,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 16,
        },
        text_config={"model_type": "qwen2", "vocab_size": 266, **TEXT},
        audio_token_index=4,
    )
    template = TEMPLATE.replace("AUDIO_PLACE", "<|audio_bos|><|AUDIO|><|audio_eos|>")
    processor = transformers.Qwen2AudioProcessor(features(), tokeniser(), chat_template=template)
    return saved(folder, transformers.Qwen2AudioForConditionalGeneration, config, processor)


def audio_flamingo_3(folder):
    config = transformers.AudioFlamingo3Config(
        audio_config={
            "model_type": "audioflamingo3_encoder",
            "num_mel_bins": 16,
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 16,
        },
        text_config={"model_type": "qwen2", "vocab_size": 267, **TEXT},
        audio_token_id=10,
    )
    template = TEMPLATE.replace("AUDIO_PLACE", "<sound>")
    processor = transformers.AudioFlamingo3Processor(
        features(), tokeniser("<sound>"), chat_template=template
    )
    return saved(folder, transformers.AudioFlamingo3ForConditionalGeneration, config, processor)


def qwen_omni(folder):
    """The whole model, talker and vocoder included, as it is published."""
    text = {"vocab_size": 266, **TEXT}
    rope = {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 10_000.0}
    audio = {
        "num_mel_bins": 16,
        "d_model": 16,
        "encoder_layers": 1,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 16,
        "output_dim": 16,
    }
    vision = {
        "depth": 1,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": 16,
        "fullatt_block_indexes": [0],
    }
    places = {"audio_token_index": 4, "image_token_index": 3, "video_token_index": 5}
    config = transformers.Qwen2_5OmniConfig(
        thinker_config={
            "audio_config": audio,
            "vision_config": vision,
            "text_config": text | {"rope_parameters": rope},
            "audio_start_token_id": 8,
            "audio_end_token_id": 9,
            "vision_start_token_id": 6,
            "vision_end_token_id": 7,
            **places,
        },
        talker_config={
            **TEXT,
            "vocab_size": 32,
            "embedding_size": 16,
            "head_dim": 8,
            "rope_parameters": rope,
            **places,
        },
        token2wav_config={
            "dit_config": {
                "hidden_size": 16,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "head_dim": 8,
                "emb_dim": 8,
                "num_embeds": 33,
                "enc_dim": 8,
                "enc_emb_dim": 8,
                "enc_channels": [8, 8, 8, 8, 24],
                "enc_kernel_sizes": [5, 3, 3, 3, 1],
                "enc_dilations": [1, 2, 3, 4, 1],
                "enc_attention_channels": 4,
                "enc_res2net_scale": 2,
                "enc_se_channels": 4,
                "mel_dim": 16,
                "look_ahead_layers": [0],
                "look_backward_layers": [0],
            },
            "bigvgan_config": {"mel_dim": 16, "upsample_initial_channel": 64},
        },
    )
    template = TEMPLATE.replace("AUDIO_PLACE", "<|audio_bos|><|AUDIO|><|audio_eos|>")
    processor = transformers.Qwen2_5OmniProcessor(
        transformers.Qwen2VLImageProcessor(),
        transformers.Qwen2VLVideoProcessor(),
        features(),
        tokeniser(),
        chat_template=template,
    )
    return saved(folder, transformers.Qwen2_5OmniForConditionalGeneration, config, processor)


MAKERS = {
    "qwen2-audio": qwen2_audio,
    "audioflamingo3": audio_flamingo_3,
    "qwen2-5-omni": qwen_omni,
}
