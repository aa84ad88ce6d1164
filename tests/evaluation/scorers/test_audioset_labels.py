import pytest

from evaluation.scorers.audioset_labels import audioset_labels
from evaluation.weights.adding import add


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("UALM_WEIGHTS", str(tmp_path / "store"))


def add_labels(path, indices):
    rows = [f'{index},/m/{index},"Sound, number {index}"\n' for index in indices]
    path.write_text("index,mid,display_name\n" + "".join(rows), encoding="utf-8")
    add("audioset-labels", path, lambda *_: None, accept=True)


def test_labels_are_those_of_the_stored_file(tmp_path):
    add_labels(tmp_path / "given.csv", range(527))
    labels = audioset_labels()
    assert len(labels) == 527
    assert labels[526] == "Sound, number 526"


def test_without_the_file_labels_are_places():
    assert audioset_labels() == tuple(str(place) for place in range(527))


@pytest.mark.parametrize("indices", [[], range(526), [1, 0, *range(2, 527)]])
def test_a_list_of_other_classes_is_refused(tmp_path, indices):
    add_labels(tmp_path / "given.csv", indices)
    with pytest.raises(ValueError, match=r"expected rows of index 0 to 526 .*`ualm weights pull"):
        audioset_labels()
