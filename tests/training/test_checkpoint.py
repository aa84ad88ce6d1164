import json

import pytest
import torch

from training.checkpoint import CARD, WEIGHTS, Card, Checkpoint, write_folder
from training.decoder import Decoder


@pytest.fixture
def checkpoint(decoder, vocabulary):
    card = Card(
        stage="gen-pretrain", preset="tiny", step=3, decoder=decoder.shape, vocabulary=vocabulary
    )
    return Checkpoint(card, decoder)


def test_a_saved_checkpoint_loads_the_same(checkpoint, tmp_path):
    saved = checkpoint.save(tmp_path / "a")
    loaded = Checkpoint.load(tmp_path / "a")
    assert loaded.card == saved.card
    assert loaded.id == saved.id
    assert loaded.vocabulary.id == checkpoint.vocabulary.id
    for name, tensor in checkpoint.model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor)
    assert not loaded.model.training


def test_the_id_follows_the_weights_and_not_the_history(checkpoint, tmp_path):
    first = checkpoint.save(tmp_path / "a")
    later = Checkpoint(checkpoint.card.model_copy(update={"step": 9}), checkpoint.model)
    assert later.save(tmp_path / "b").id == first.id
    with torch.no_grad():
        checkpoint.model.norm.weight[0] += 1
    assert checkpoint.save(tmp_path / "c").id != first.id
    assert first.id.startswith("gen-pretrain@")


def test_a_tied_model_is_stored_once(vocabulary, make, tmp_path):
    shape = make.shape.model_copy(update={"tied": True})
    card = Card(stage="s", preset="p", step=0, decoder=shape, vocabulary=vocabulary)
    saved = Checkpoint(card, Decoder(shape, vocabulary)).save(tmp_path / "a")
    loaded = Checkpoint.load(tmp_path / "a")
    assert loaded.model.head is loaded.model.embedding
    assert loaded.id == saved.id


def test_the_folder_of_a_run_stands_for_its_final_checkpoint(checkpoint, tmp_path):
    saved = checkpoint.save(tmp_path / "run" / "final")
    assert Checkpoint.load(tmp_path / "run").id == saved.id


def test_nothing_is_pickled(checkpoint, tmp_path):
    checkpoint.save(tmp_path / "a")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [CARD, WEIGHTS]
    json.loads((tmp_path / "a" / CARD).read_text())


def test_damaged_weights_are_named(checkpoint, tmp_path):
    checkpoint.save(tmp_path / "a")
    weights = tmp_path / "a" / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(ValueError, match=r"weights\.safetensors: expected SHA-256"):
        Checkpoint.load(tmp_path / "a")


def test_a_folder_without_a_checkpoint_or_with_another_card_is_an_error(checkpoint, tmp_path):
    with pytest.raises(ValueError, match="make one with `ualm train"):
        Checkpoint.load(tmp_path)
    checkpoint.save(tmp_path / "a")
    (tmp_path / "a" / CARD).write_text('{"surprise": 1}')
    with pytest.raises(ValueError, match="not a checkpoint of this version"):
        Checkpoint.load(tmp_path / "a")


def test_a_writer_that_dies_leaves_the_older_folder_in_place(tmp_path):
    target = tmp_path / "a"
    write_folder(target, lambda part: (part / "x").write_text("old") and None)

    def dies(part):
        (part / "x").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(target, dies)
    assert (target / "x").read_text() == "old"


def test_a_death_between_the_two_renames_is_healed_by_the_next_writer(tmp_path):
    target = tmp_path / "a"
    write_folder(target, lambda part: (part / "x").write_text("old") and None)
    target.rename(tmp_path / ".a.old")

    def dies(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(target, dies)
    assert (target / "x").read_text() == "old"
    write_folder(target, lambda part: (part / "x").write_text("new") and None)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
