import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.sources.named import SourceOptions, source_named
from schemas.audio.sound import DecodeError, Limits
from tests.pipelines.sources.containers import listed, reasons


def source(given, kind="llama-nemotron", **options):
    return source_named(kind, str(given), SourceOptions(**options))


def lines(path, *rows):
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_nemotron_rows_keep_system_prompt_thinking_category_and_licence(tmp_path):
    row = {
        "input": [{"role": "user", "content": "1+1?"}],
        "output": "<think>\nEasy.\n</think>\n2",
        "category": "math",
        "license": "CC BY 4.0",
        "reasoning": "on",
        "generator": "DeepSeek-R1",
        "used_in_training": "Ultra",
        "version": "v1.1",
        "system_prompt": "detailed thinking on",
    }
    lines(tmp_path / "SFT/math/math_v1.1.jsonl", row)
    (item,) = listed(source(tmp_path / "SFT"))
    assert item.talks[0].turns == (
        ("system", "detailed thinking on"),
        ("user", "1+1?"),
        ("assistant", "<think>\nEasy.\n</think>\n2"),
    )
    assert (item.subset, item.licence, item.has_sound) == ("math", "CC BY 4.0", False)


def test_an_input_may_be_one_text_and_a_part_is_named_after_its_folder(tmp_path):
    lines(tmp_path / "SFT/chat/chat.jsonl", {"input": "Hi", "output": "Hello"})
    (item,) = listed(source(tmp_path / "SFT"))
    assert item.talks[0].turns == (("user", "Hi"), ("assistant", "Hello"))
    assert (item.subset, item.licence) == ("chat", "CC-BY-4.0")


def test_rows_of_the_ualm_release_are_read(tmp_path):
    lines(tmp_path / "t.jsonl", {"input": [{"role": "user", "content": "Q"}], "output": "A"})
    (item,) = listed(source(tmp_path / "t.jsonl", "ualm-text", licence="CC0-1.0"))
    assert (item.talks[0].turns[-1], item.licence) == (("assistant", "A"), "CC0-1.0")


def test_acemath_is_read_from_parquet_and_from_lines_alike(tmp_path):
    rows = [
        {"messages": [{"role": "user", "content": f"{n}+1?"}], "answer": f"{n + 1}"}
        for n in range(5)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "math_sft.parquet", row_group_size=2)
    lines(tmp_path / "math_sft.jsonl", *rows)
    parquet = listed(source(tmp_path / "math_sft.parquet", "acemath"))
    text = listed(source(tmp_path / "math_sft.jsonl", "acemath"))
    assert [item.talks for item in parquet] == [item.talks for item in text]
    assert parquet[3].talks[0].turns == (("user", "3+1?"), ("assistant", "4"))
    assert parquet[0].licence == "CC-BY-NC-4.0"


def test_an_answer_that_the_messages_hold_is_not_given_twice(tmp_path):
    said = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    lines(tmp_path / "t.jsonl", {"messages": said, "answer": "A"})
    (item,) = listed(source(tmp_path / "t.jsonl"))
    assert len(item.talks[0].turns) == 2


def test_rows_that_are_none_say_why(tmp_path):
    good = {"input": "Q", "output": "A"}
    lines(
        tmp_path / "t.jsonl",
        good,
        {"input": "Q"},
        {"output": "A"},
        {"input": 7, "output": "A"},
        [1],
    )
    (tmp_path / "z.parquet").write_bytes(b"no Parquet")
    items = listed(source(tmp_path))
    assert [(i.source_id, i.refusal.reason) for i in items if i.refusal] == [
        ("t.jsonl:row:30", "no_turns"),
        ("t.jsonl:row:45", "bad_row"),
        ("t.jsonl:row:61", "bad_row"),
        ("t.jsonl:row:89", "bad_row"),
        ("z.parquet:row:0", "unreadable"),
    ]


def test_one_category_may_be_read_alone(tmp_path):
    rows = [{"input": f"{n}", "output": "A", "category": c} for n, c in enumerate("abab")]
    lines(tmp_path / "t.jsonl", *rows)
    assert [i.talks[0].turns[0][1] for i in listed(source(tmp_path, subset="b"))] == ["1", "3"]


def test_text_has_no_sound_to_receive(tmp_path):
    lines(tmp_path / "t.jsonl", {"input": "Q", "output": "A"})
    made = source(tmp_path)
    with pytest.raises(DecodeError, match="missing_audio"):
        made.receive(listed(made)[0], Limits())


def test_a_compressed_file_is_one_clear_error(tmp_path):
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(b"{}"))
    with pytest.raises(ValueError, match=r"expected a file of \.json, \.jsonl"):
        source(tmp_path / "t.jsonl.gz")


def test_no_refusals_among_good_rows(tmp_path):
    lines(tmp_path / "t.jsonl", *({"input": f"{n}", "output": "A"} for n in range(20)))
    assert reasons(listed(source(tmp_path))) == {}
