import pytest

from training.vocabulary import SPECIALS, Vocabulary


def qwen(rows):
    return Vocabulary(
        name="qwen",
        tokeniser_digest="",
        text_rows=rows,
        codec="xcodec",
        codebooks=8,
        codebook_size=1024,
    )


@pytest.mark.parametrize(
    ("rows", "audio_start", "size"), [(151_936, 152_192, 160_392), (152_064, 152_320, 160_520)]
)
def test_qwen_vocabularies_have_the_published_ids(rows, audio_start, size):
    vocabulary = qwen(rows)
    assert (vocabulary.audio_start, vocabulary.size) == (audio_start, size)
    assert vocabulary.audio_size == 8_200


def test_codebook_ranges_and_pads_tile_the_audio_ids(vocabulary):
    ids = []
    for q in range(vocabulary.codebooks):
        ids += [vocabulary.audio_pad(q), *vocabulary.code_range(q)]
    assert ids == list(range(vocabulary.audio_start, vocabulary.size))


def test_an_unknown_codebook_is_an_error(vocabulary):
    with pytest.raises(ValueError, match="a codebook in 0 to 2, got 3"):
        vocabulary.code_range(3)


def test_text_round_trips_through_the_embedded_tokeniser(vocabulary):
    text = "Regen auf Blech, naïve 雨"
    ids = vocabulary.encode(text)
    assert min(ids) >= SPECIALS
    assert max(ids) < vocabulary.audio_start
    assert vocabulary.decode(ids) == text


def test_audio_ids_are_no_text(vocabulary):
    with pytest.raises(ValueError, match="expected text ids in 256 to 511"):
        vocabulary.decode([vocabulary.audio_start])


def test_json_round_trips_and_keeps_the_digest(vocabulary, tmp_path):
    vocabulary.save(tmp_path)
    assert Vocabulary.load(tmp_path, vocabulary.id) == vocabulary
    assert vocabulary.id == f"bytes-3x16@{vocabulary.digest[:12]}"


def test_the_digest_covers_the_codec_but_not_the_name(vocabulary):
    renamed = vocabulary.model_copy(update={"name": "other"})
    recoded = vocabulary.model_copy(update={"codec": "other"})
    assert Vocabulary.model_validate(renamed.model_dump()).digest == vocabulary.digest
    assert Vocabulary.model_validate(recoded.model_dump()).digest != vocabulary.digest


def test_a_missing_or_changed_vocabulary_file_is_an_error(vocabulary, tmp_path):
    with pytest.raises(ValueError, match="run `ualm corpus samples` again"):
        Vocabulary.load(tmp_path, vocabulary.id)
    path = vocabulary.save(tmp_path)
    path.write_text(path.read_text().replace("embedded:test@0", "embedded:test@1"))
    with pytest.raises(ValueError, match="but its content is"):
        Vocabulary.load(tmp_path, vocabulary.id)


def test_a_tokeniser_that_changed_is_an_error(vocabulary):
    changed = vocabulary.model_copy(update={"tokeniser_digest": "0" * 64})
    changed = Vocabulary.model_validate(changed.model_dump())
    with pytest.raises(ValueError, match="expected content 000000000000"):
        changed.encode("x")


def test_a_backbone_smaller_than_its_tokeniser_is_an_error():
    with pytest.raises(ValueError, match="at least the 256 rows"):
        Vocabulary.build("c", 2, 4, text_rows=255)
