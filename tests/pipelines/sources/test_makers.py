import json
import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.sources.named import SOURCES, SourceOptions, source_named
from tests.pipelines.sources.containers import sound, tar_of

TALK = [{"from": "human", "value": "What?"}, {"from": "gpt", "value": "A dog."}]
ROWS = {
    "ualm-generation": {"location": "1.flac", "start_time": 0, "end_time": 1, "caption": "a dog"},
    "ualm-text": {"input": "Q", "output": "A"},
    "llama-nemotron": {"input": "Q", "output": "A"},
    "acemath": {"messages": [{"role": "user", "content": "Q"}], "answer": "A"},
    **{
        key: {"id": "1", "sound": "1.flac", "conversations": TALK}
        for key in ("ualm-understanding", "audioskills", "longaudio", "af-think", "af-chat")
    },
}
KINDS = (*ROWS, "webdataset", "hf-parquet")


def written(folder, kind):
    (folder / "1.flac").write_bytes(sound())
    if kind in ROWS:
        (folder / "rows.jsonl").write_text(json.dumps(ROWS[kind]) + "\n")
        return str(folder / "rows.jsonl")
    if kind == "webdataset":
        (folder / "0.tar").write_bytes(tar_of([("1.flac", sound()), ("1.txt", b"a dog")]))
        return str(folder / "0.tar")
    audio = [{"bytes": sound(), "path": None}]
    pq.write_table(pa.table({"audio": audio, "caption": ["a dog"]}), folder / "0.parquet")
    return str(folder / "0.parquet")


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_was_sent_to_a_worker_gives_the_same_items(tmp_path, kind):
    made = source_named(kind, written(tmp_path, kind), SourceOptions())
    items = list(made.items())
    assert [item.refusal for item in items] == [None]
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 (what a worker does)
    assert list(again.items()) == items
    json.dumps(made.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_an_option_that_a_source_would_pass_over_is_refused(tmp_path, kind):
    with pytest.raises(ValueError, match=f"the source {kind} has no use for --seed"):
        source_named(kind, written(tmp_path, kind), SourceOptions(seed=7))


def test_a_source_reads_what_it_is_made_for():
    assert set(KINDS) <= set(SOURCES)
