import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.attention import document_mask
from training.generate import _Answers, continue_audio, generate_audio, generate_text
from training.sampling import AudioSampling
from training.sequence import prompt_ids
from training.vocabulary import EOS, EOT, Vocabulary

SAMPLING = AudioSampling(top_k=5)


@pytest.fixture
def prompts(make):
    return [[make.ask("rain")], [make.ask("a much longer request")], [make.ask("x")]]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_a_cache_changes_nothing(decoder, vocabulary, prompts, guidance):
    kept, recomputed = (
        generate_audio(
            decoder,
            vocabulary,
            prompts,
            9,
            AudioSampling(guidance=guidance, use_cache=use_cache),
            [1, 2, 3],
        )
        for use_cache in (True, False)
    )
    assert same(kept, recomputed)


def test_an_answer_does_not_depend_on_the_batch(decoder, vocabulary, prompts):
    together = generate_audio(decoder, vocabulary, prompts, 9, SAMPLING, [1, 2, 3])
    alone = [
        generate_audio(decoder, vocabulary, [prompt], 9, SAMPLING, [seed])[0]
        for prompt, seed in zip(prompts, (1, 2, 3), strict=True)
    ]
    assert same(together, alone)


def test_seeds_decide_and_differ(decoder, vocabulary, prompts):
    a, b, c = generate_audio(decoder, vocabulary, prompts[:1] * 3, 9, SAMPLING, [1, 1, 2])
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_answers_have_the_frames_asked_for_and_codes_of_each_codebook(
    decoder, vocabulary, prompts, frames
):
    answers = generate_audio(
        decoder, vocabulary, prompts, frames, AudioSampling(top_k=99), [1, 2, 3]
    )
    for codes in answers:
        assert (codes.shape, codes.dtype) == ((3, frames), np.int16)
        assert 0 <= codes.min() <= codes.max() < 16


def test_top_k_of_one_is_the_likeliest_id_whatever_the_seed(decoder, vocabulary, prompts):
    greedy = AudioSampling(top_k=1, guidance=1.0)
    a, b = generate_audio(decoder, vocabulary, prompts[:1] * 2, 6, greedy, [1, 2])
    assert np.array_equal(a, b)


def test_the_model_may_end_an_answer_itself(decoder, vocabulary, prompts):
    free = AudioSampling(top_k=17, temperature=50.0, max_frames=40)
    answers = generate_audio(decoder, vocabulary, prompts, None, free, [1, 2, 3])
    lengths = [codes.shape[1] for codes in answers]
    assert len(set(lengths)) > 1
    assert all(1 <= length <= 40 for length in lengths)
    alone = generate_audio(decoder, vocabulary, prompts[1:2], None, free, [2])
    assert np.array_equal(alone[0], answers[1])


def test_guidance_moves_the_answer(decoder, vocabulary, prompts):
    plain = AudioSampling(guidance=1.0, top_k=5)
    a = generate_audio(decoder, vocabulary, prompts, 9, plain, [1, 2, 3])
    assert not same(a, generate_audio(decoder, vocabulary, prompts, 9, SAMPLING, [1, 2, 3]))


def test_audio_in_the_prompt_counts(decoder, vocabulary, make):
    segments = [make.ask("q"), make.play(), make.say("again")]
    answers = [
        continue_audio(
            decoder,
            vocabulary,
            [prompt_ids(segments, vocabulary, "audio", {1: make.codes(seed)})],
            9,
            AudioSampling(guidance=1.0, top_k=16),
            [1],
        )
        for seed in (0, 1)
    ]
    assert not same(*answers)


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 99))
def test_every_id_stays_in_its_stream_s_range(codebooks, frames, seed):
    vocabulary = Vocabulary.build("c", codebooks, 7)
    answers = _Answers(vocabulary, 3, None, frames)
    generator = torch.Generator().manual_seed(seed)
    while not answers.complete:
        ranges = [answers.allowed(q) for q in range(codebooks)]
        drawn = [torch.randint(r.start, r.stop, (3,), generator=generator) for r in ranges]
        ids = answers.add(torch.stack(drawn, dim=1))
        for q in range(codebooks):
            first = vocabulary.audio_pad(q)
            assert all(first <= i <= first + 7 for i in ids[:, q].tolist())
    assert all(codes.shape[1] <= frames for codes in answers.codes())


def test_greedy_text_is_the_same_with_and_without_a_cache_and_batch(decoder, vocabulary, prompts):
    together = generate_text(decoder, vocabulary, prompts, 12)
    assert together == generate_text(decoder, vocabulary, prompts, 12, use_cache=False)
    assert together == [generate_text(decoder, vocabulary, [p], 12)[0] for p in prompts]


@pytest.mark.parametrize(("closing", "expected"), [(EOS, [""]), (EOT, [""]), (300, [",,,,,"])])
def test_text_ends_at_a_closing_token(decoder, vocabulary, prompts, closing, expected):
    ids = prompt_ids(prompts[0], vocabulary, "text")[None]
    steps = ids.shape[1]
    mask = document_mask(torch.zeros(1, steps, dtype=torch.long))
    with torch.no_grad():
        last = decoder(ids, torch.arange(steps)[None], mask)[0, -1]
        for name, parameter in decoder.named_parameters():
            if "layers" in name or "embedding" in name:
                parameter.zero_()  # leaves the embedding alone, set below to one direction
        decoder.untied_head.text.zero_()
        decoder.untied_head.audio.zero_()
        decoder.embedding.text[:] = last
        decoder.untied_head.text[closing] = last
    assert generate_text(decoder, vocabulary, prompts[:1], 5) == expected


@pytest.mark.parametrize(("frames", "seeds"), [(0, [1, 2, 3]), (5, [1])])
def test_nothing_to_generate_is_an_error(decoder, vocabulary, prompts, frames, seeds):
    with pytest.raises(ValueError, match="as many seeds, and at least one frame"):
        generate_audio(decoder, vocabulary, prompts, frames, SAMPLING, seeds)


def test_no_text_to_generate_is_an_error(decoder, vocabulary):
    with pytest.raises(ValueError, match="expected prompts and at least one token"):
        generate_text(decoder, vocabulary, [], 5)
