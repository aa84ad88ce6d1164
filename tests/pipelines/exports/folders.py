"""Exports and what is in their folders."""

import csv
import json

import pyarrow.parquet as pq

from pipelines.exports.export import export
from pipelines.exports.form import Options
from tests.pipelines.exports.lakes import choice


def exported(lake, output, kind="hf", chosen=None, **options):
    told = Options(name="mine", **options)
    return export(lake, output, kind, chosen or choice(lake), told)


def credited(folder):
    with (folder / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        return {row["clip_id"]: row for row in csv.DictReader(file)}


def rows_of(folder, split="train"):
    return pq.read_table(folder / "data" / f"{split}-00000.parquet").to_pylist()


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def bytes_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
