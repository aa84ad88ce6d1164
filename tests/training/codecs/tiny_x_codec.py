import torch
import transformers


def save_tiny_x_codec(folder, seed):
    """Save a random X-Codec of 90,000 parameters in the official format."""
    acoustic = {
        "model_type": "dac",
        "encoder_hidden_size": 4,
        "decoder_hidden_size": 32,
        "hidden_size": 8,
        "downsampling_ratios": [8, 5, 4, 2],
        "upsampling_ratios": [8, 5, 4, 2],
    }
    semantic = {
        "model_type": "hubert",
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "conv_dim": [8] * 7,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
    }
    configuration = transformers.XcodecConfig(
        target_bandwidths=[0.3, 2.4],
        codebook_size=64,
        acoustic_model_config=acoustic,
        semantic_model_config=semantic,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = transformers.XcodecModel(configuration).eval()
        wave = torch.randn(1, 1, 16_000) * 0.1
        # A codebook starts at zero, where every frame has the same code: spread it over the
        # embeddings that this model makes of noise.
        for quantizer in model.quantizer.quantizers:
            quantizer.codebook.embed.copy_(torch.randn(quantizer.codebook.embed.shape))
        assert len(model.encode(wave).audio_codes.unique()) > 1
    model.save_pretrained(folder)
    return folder
