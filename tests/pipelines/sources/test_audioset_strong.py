import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

HEADER = "segment_id\tstart_time_seconds\tend_time_seconds\tlabel\n"


def event(segment, start, end, mid):
    return f"{segment}\t{start}\t{end}\t{mid}\n"


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "mid_to_display_name.tsv", "/m/09x0r\tSpeech\n/m/bark\tBark\n")
    rows = (
        event("b0RFKhbpFJA_30000", "4.75", "5.72", "/m/bark")
        + event("C0RFKhbpFJA_0", "0.0", "10.0", "/m/09x0r")
        + event("b0RFKhbpFJA_30000", "0.000", "10.000", "/m/09x0r")
    )
    written(tmp_path / "audioset_train_strong.tsv", HEADER + rows)
    return tmp_path


def test_a_segment_is_one_item_with_its_events_in_the_order_of_time(folder):
    first, second = listed("audioset-strong", folder, texts_only=True)
    assert texts(first, "label") == ["Speech; Bark"]
    assert texts(first, "derived") == ["Speech from 0.00 to 10.00 s; Bark from 4.75 to 5.72 s"]
    assert (first.source_id, first.original) == ("b0RFKhbpFJA_30000", "youtube:b0RFKhbpFJA")
    assert (first.start_s, first.end_s, first.subset) == (30, 40, "train")
    assert second.source_id == "C0RFKhbpFJA_0"


def test_sounds_are_found_by_segment_or_by_video(folder):
    sounding(folder / "audio/train/b0RFKhbpFJA_30000.flac")
    sounding(folder / "audio/YC0RFKhbpFJA.wav")
    items = listed("audioset-strong", folder)
    assert [item.uri for item in items] == ["train/b0RFKhbpFJA_30000.flac", "YC0RFKhbpFJA.wav"]


def test_events_that_are_none_are_left_out_and_told(folder):
    rows = [
        event("b0RFKhbpFJA_30000", 0, 1, "/m/09x0r"),
        event("b0RFKhbpFJA_30000", 5, 4, "/m/bark"),
        event("b0RFKhbpFJA_30000", 5, 45, "/m/bark"),
        event("b0RFKhbpFJA_30000", "x", 45, "/m/bark"),
        event("b0RFKhbpFJA_30000", 1, 2, "/m/none"),
        event("C0RFKhbpFJA_0", 1, 2, "/m/none"),
        event("../0RFKhbpFJA_0", 1, 2, "/m/bark"),
        event("D0RFKhbpFJA", 1, 2, "/m/bark"),
    ]
    written(folder / "audioset_train_strong.tsv", HEADER + "".join(rows))
    items = listed("audioset-strong", folder, texts_only=True)
    assert texts(items[0], "label") == ["Speech"]
    assert defects(items) == {("bad_row", "drop"): 3, ("unknown_label", "drop"): 1}
    assert refusals(items) == {"no_text": 1, "bad_row": 2}
