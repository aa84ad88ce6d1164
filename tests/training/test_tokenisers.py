import pytest

from training.tokenisers import TransformersTokeniser, tokeniser_of
from training.vocabulary import SPECIALS, Vocabulary


@pytest.fixture
def folder(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"[UNK]": 0, "<|end|>": 1, "rain": 2, "falls": 3, "<": 4, "|": 5, "end": 6, ">": 7}
    unknown, end = list(words)[:2]
    raw = Tokenizer(models.WordLevel(words, unk_token=unknown))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token=unknown, eos_token=end)
    fast.save_pretrained(tmp_path / "words.v1")
    return tmp_path / "words.v1"


@pytest.mark.slow
def test_a_local_transformers_tokeniser_fills_the_text_rows(folder):
    vocabulary = Vocabulary.build("c", 2, 4, tokeniser=str(folder), text_rows=10)
    assert vocabulary.encode("rain falls") == [SPECIALS + 2, SPECIALS + 3]
    assert vocabulary.decode([SPECIALS + 2, SPECIALS + 3, SPECIALS + 9]) == "rain falls"
    assert vocabulary.audio_start == SPECIALS + 10
    assert vocabulary.name == "words-v1-2x4"


@pytest.mark.slow
def test_control_tokens_in_a_text_stay_text(folder):
    assert 1 not in TransformersTokeniser(str(folder)).encode("rain <|end|>")


def test_a_folder_without_a_tokeniser_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected a tokeniser folder or hub id"):
        tokeniser_of(str(tmp_path / "nothing"))


def test_bytes_that_are_no_utf8_become_the_replacement_character():
    assert tokeniser_of("bytes").decode([0xFF, 0x41]) == "\ufffdA"
