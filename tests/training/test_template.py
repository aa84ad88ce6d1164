import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from schemas.generation import Segment
from training.sequence import prompt_ids, tokenise
from training.template import parse, pieces_of
from training.vocabulary import Vocabulary

VOCABULARY = Vocabulary.build("c", codebooks=3, codebook_size=16)

segments_and_codes = st.lists(
    st.tuples(
        st.sampled_from(["system", "user", "assistant"]),
        st.one_of(st.text(max_size=5), st.integers(1, 5)),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


def conversation(drawn):
    segments, codes = [], {}
    for i, (role, content, loss) in enumerate(drawn):
        if isinstance(content, str):
            segments.append(Segment(role=role, modality="text", text=content, loss=loss))
        else:
            segments.append(Segment(role=role, modality="audio", clip_id="c", loss=loss))
            codes[i] = np.full((3, content), i, np.int16)
    return segments, codes


@given(segments_and_codes)
def test_parse_inverts_the_template(drawn):
    from schemas.training import Sample
    from training.sequence import materialise

    segments, codes = conversation(drawn)
    sample = Sample(sample_id="s", stage="x", task="t", segments=segments, split="train")
    tokens = tokenise(segments, codes, VOCABULARY)
    example = materialise(tokens.row(sample, VOCABULARY), VOCABULARY)
    parsed = parse(example.ids_SQ, VOCABULARY)
    assert len(parsed) == len(segments)
    for i, (segment, found) in enumerate(zip(segments, parsed, strict=True)):
        assert (segment.role, segment.modality, segment.text) == (
            found.role,
            found.modality,
            found.text,
        )
        if found.codes is not None:
            np.testing.assert_array_equal(found.codes, codes[i])


def test_one_role_speaking_twice_is_joined_by_eot(make):
    ids = [i for p in pieces_of([make.say("a"), make.say("b")], {}, VOCABULARY) for i in p.ids]
    a, b = VOCABULARY.encode("ab")
    assert ids == [1, 6, 7, a, 3, 6, 7, b, 2]


def test_a_change_of_role_is_closed_by_eos(make):
    ids = [i for p in pieces_of([make.ask("a"), make.say("b")], {}, VOCABULARY) for i in p.ids]
    a, b = VOCABULARY.encode("ab")
    assert ids == [1, 5, 7, a, 2, 6, 7, b, 2]


def test_a_prompt_is_the_start_of_the_training_sequence(make):
    codes = {2: make.codes(0)}
    whole = make.example(VOCABULARY, "s", [make.ask("q"), make.say("p"), make.play()], codes)
    prompt = prompt_ids([make.ask("q"), make.say("p")], VOCABULARY, "audio")
    assert torch.equal(prompt, whole.ids_SQ[: len(prompt)])
    assert whole.audio[0][0] == len(prompt)


def test_a_text_prompt_asks_for_text(make):
    assert prompt_ids([make.ask("q")], VOCABULARY, "text")[-2:, 0].tolist() == [6, 7]


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ([], "at least one segment"),
        ([Segment(role="user", modality="text")], "segment 0: expected text, got none"),
        ([Segment(role="user", modality="audio")], "segment 0: expected the codes of its audio"),
        ([Segment(role="narrator", modality="text", text="x")], "expected a role in"),
        ([Segment(role="user", modality="smell", text="x")], "expected a role in"),
    ],
)
def test_segments_that_do_not_fit_are_an_error(segments, message):
    with pytest.raises(ValueError, match=message):
        pieces_of(segments, {}, VOCABULARY)


@pytest.mark.parametrize("ids", [[], [5, 7, 2], [1, 5, 7, 300], [1, 5], [1, 300, 7, 2], [1, 5, 2]])
def test_ids_that_break_the_template_are_an_error(ids):
    ids_SQ = torch.zeros(len(ids), 3, dtype=torch.long)
    ids_SQ[:, 0] = torch.tensor(ids)
    with pytest.raises(ValueError, match="expected"):
        parse(ids_SQ, VOCABULARY)
