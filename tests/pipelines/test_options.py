from pipelines.commands.options import report
from pipelines.running.outcomes import Outcome
from pipelines.running.run import Summary
from pipelines.running.step import Counts
from schemas.shards import write_shard
from schemas.tables import TABLES


def summary(**changes):
    told = {"step": "encode", "planned": 3, "done_before": 1, "pending_rows": 9}
    return Summary(**(told | {"pending_bytes": 2**21, "seconds": 1.5} | changes))


def test_a_summary_reconciles_rows_by_reason(capsys, tmp_path):
    counts = Counts(rows_in=5, produced=3)
    counts.refuse("drop", "short")
    counts.refuse("quarantine", "odd")
    codes = TABLES["codes"]
    shard = write_shard(tmp_path, codes, "encode.r-0", "ab" * 8, codes.schema.empty_table())
    told = summary()
    told.add([Outcome(slot="a", counts=counts, shards=[shard])])
    report(told, dry_run=False)
    printed = capsys.readouterr().out
    assert "3 shards, 1 done before; rows in 5 = 3 produced, 1 odd, 1 short; 1.5 s" in printed
    assert "written: codes 0" in printed


def test_a_dry_run_tells_size_and_time(capsys):
    report(summary(expected_s=12.3), dry_run=True)
    assert "to run: 9 rows, 2.0 MiB to read, about 12 s" in capsys.readouterr().out


def test_a_failed_shard_is_named_with_its_error(capsys):
    report(
        summary(outcomes=[Outcome(slot="encode.r-7", error="OSError: [no] disk")]), dry_run=False
    )
    assert "failed encode.r-7: OSError: [no] disk" in capsys.readouterr().out


def test_of_very_many_failed_shards_the_first_are_named_and_the_rest_counted(capsys):
    failed = [Outcome(slot=f"encode.r-{i:03d}", error="ValueError: no") for i in range(45)]
    report(summary(outcomes=failed), dry_run=False)
    printed = capsys.readouterr().out
    assert printed.count("failed encode.r-") == 20
    assert "failed: 25 more shards" in printed
