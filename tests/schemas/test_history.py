from datetime import UTC, datetime, timedelta

import pytest

from schemas.compaction import compact
from schemas.history import history
from tests.schemas.lakes import commit, ledger_rows


def test_a_table_that_never_was_has_no_history(lake):
    assert history(lake, "clips") == []


def test_history_says_who_changed_what(lake):
    a = commit(lake, "ledger", "step.a", ledger_rows("a"), step="first")
    b = commit(lake, "ledger", "step.a", ledger_rows("b"), step="second")
    created, first, second = history(lake, "ledger")
    assert (created.version, created.step) == (0, "create table")
    assert (first.step, first.added) == ("first", (f"shards/{a.path.name}",))
    assert (second.step, second.added) == ("second", (f"shards/{b.path.name}",))
    assert second.removed == first.added


def test_times_are_in_utc(corpus):
    ago = datetime.now(UTC) - history(corpus, "clips")[-1].time
    assert abs(ago) < timedelta(minutes=25)  # zones differ by more, and a test may wait


def test_compaction_is_told_apart(corpus):
    compact(corpus, "clips")
    assert history(corpus, "clips")[-1].step == "compact"


def test_a_shortened_history_is_an_error(corpus):
    (corpus.folder("clips") / "_delta_log" / f"{1:020d}.json").unlink()
    with pytest.raises(ValueError, match=r"shortened the history of clips|could not open"):
        history(corpus, "clips")
