import logging

import pytest

from pipelines.running import progress


def test_rows_of_two_steps_are_counted_apart():
    with progress.shown("one", total=lambda: 3), progress.shown("two", total=lambda: 2):
        progress.advance("one", 3)
        progress.advance("two", 1)
    assert (progress._finished["one"], progress._finished["two"]) == (3, 1)


def test_a_second_run_starts_from_zero():
    for _ in range(2):
        with progress.shown("again", total=lambda: 1):
            progress.advance("again", 1)
    assert progress._finished["again"] == 1


def test_without_a_terminal_a_line_says_rate_and_time_left(monkeypatch, caplog):
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.01)
    caplog.set_level(logging.INFO)
    seen = _until_logged(caplog, rows=5, total=10)
    assert "lines: 5 of 10 rows" in seen
    assert "s left" in seen


def _until_logged(caplog, rows, total):
    import threading

    logged = threading.Event()

    class Watch(logging.Handler):
        def emit(self, record):
            if f"{rows} of {total}" in record.getMessage():
                logged.set()

    watch = Watch()
    progress.logger.addHandler(watch)
    try:
        with progress.shown("lines", total=lambda: total):
            progress.advance("lines", rows)
            assert logged.wait(10)
    finally:
        progress.logger.removeHandler(watch)
    return caplog.text


def test_in_a_terminal_a_bar_is_drawn(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress.shown("drawn", total=lambda: 4):
        progress.advance("drawn", 4)
    drawn = capsys.readouterr().err
    assert "drawn" in drawn
    assert "4/4" in drawn


@pytest.mark.parametrize(("speed", "text"), [(2.0, "2.0 rows/s"), (None, "- rows/s")])
def test_the_rate_is_rows_a_second(speed, text):
    class Running:
        pass

    Running.speed = speed
    assert progress._Rate().render(Running()).plain == text
