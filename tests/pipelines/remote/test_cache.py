import logging
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from pipelines.remote.cache import ResponseCache, _line, _parsed


def journals(folder):
    return sorted(folder.glob("*.jsonl"))


@given(st.text(), st.text())
def test_every_answer_comes_back_as_it_was(key, answer):
    assert _parsed(_line(key, answer)) == (key, answer)
    assert _line(key, answer).count(b"\n") == 1


def test_answers_of_all_writers_are_found(tmp_path):
    for number in range(3):
        with ResponseCache(tmp_path) as cache:
            cache.put(f"k{number}", f"answer {number}")
    with ResponseCache(tmp_path) as cache:
        assert [cache.get(f"k{i}") for i in range(4)] == ["answer 0", "answer 1", "answer 2", None]
    assert len(journals(tmp_path)) == 3


def test_two_writers_at_once_never_share_a_file(tmp_path):
    with ResponseCache(tmp_path) as one, ResponseCache(tmp_path) as other:
        one.put("a", "1")
        other.put("a", "2")
        other.put("b", "3")
    assert len(journals(tmp_path)) == 2
    assert len(ResponseCache(tmp_path)) == 2


def test_threads_lose_nothing(tmp_path):
    with ResponseCache(tmp_path) as cache, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: cache.put(f"k{i}", "x" * i), range(400)))
    assert len(ResponseCache(tmp_path)) == 400


def test_an_answer_is_there_before_the_writer_closes(tmp_path):
    cache = ResponseCache(tmp_path)
    cache.put("a", "1")
    assert ResponseCache(tmp_path).get("a") == "1"
    cache.close()


def test_a_torn_last_line_is_no_answer_and_no_damage(tmp_path):
    with ResponseCache(tmp_path) as cache:
        cache.put("a", "1")
        cache.put("b", "2")
    (path,) = journals(tmp_path)
    whole = path.read_bytes()
    for size in range(whole.index(b"\n") + 1, len(whole) - 1):
        path.write_bytes(whole[:size])
        found = ResponseCache(tmp_path)
        assert (found.get("a"), found.get("b"), found.damaged) == ("1", None, 0)


def test_a_flipped_bit_is_damage_that_is_told_and_never_an_answer(tmp_path, caplog):
    with ResponseCache(tmp_path) as cache:
        cache.put("a", "1")
        cache.put("b", "2")
    (path,) = journals(tmp_path)
    whole = path.read_bytes()
    for place in range(whole.index(b"\n")):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        with caplog.at_level(logging.WARNING):
            found = ResponseCache(tmp_path)
        assert found.get("b") == "2"
        assert found.get("a") is None
        assert found.damaged >= 1
    assert "their requests are sent again" in caplog.text


def test_nothing_is_written_where_nothing_was_answered(tmp_path):
    with ResponseCache(tmp_path / "scope"):
        pass
    assert not (tmp_path / "scope").exists()
