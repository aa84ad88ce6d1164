"""Other tools read a lake that was moved: the snippets of docs/lake.md, as printed there."""

import re
import shutil
import subprocess
import sys

import deltalake
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from schemas.compaction import compact
from schemas.corpus import Codes
from schemas.lake import Lake
from schemas.tables import TABLES
from schemas.verify import verify
from tests.places import PROJECT
from tests.schemas.lakes import commit

DOCS = PROJECT / "docs" / "lake.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def snippet(word):
    (found,) = [text for text in SNIPPETS if word in text]
    return found


@pytest.fixture
def moved(corpus, tmp_path):
    """A copy elsewhere, with an older version, a compacted table and codes; the first is gone."""
    codes = Codes(
        clip_id="r0.a",
        codec="x@1",
        codebooks=2,
        frames=3,
        codebook_size=7,
        frame_rate=25.0,
        codes=bytes(range(12)),
    )
    commit(corpus, "codes", "encode.x@0+1.s-00000", TABLES["codes"].from_rows([codes]))
    compact(corpus, "clips")
    place = tmp_path / "another-place"
    place.mkdir()
    shutil.move(corpus.root, place / "lake")
    return place


def run(code, place, show):
    out = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint({show})"],
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )
    return out.stdout.strip()


def test_the_suite_opens_a_moved_lake(moved):
    lake = Lake.open(moved / "lake")
    assert verify(lake) == []
    assert lake.read("clips").num_rows == 8


@pytest.mark.slow
def test_polars_reads_a_moved_lake_and_its_versions(moved):
    code = snippet("before = pl.scan_delta")
    assert run(code, moved, "clips.height, before.height") == "4 4"


@pytest.mark.slow
def test_pyarrow_reads_a_moved_lake(moved):
    assert run(snippet("ds.dataset"), moved, "clips.num_rows, clips.num_columns") == "8 2"


@pytest.mark.slow
def test_duckdb_reads_a_moved_lake_without_an_extension(moved):
    told = run(snippet("duckdb.read_parquet"), moved, "len(clips)").splitlines()
    assert told[0] in {"[('train', 4), ('test', 4)]", "[('test', 4), ('train', 4)]"}
    assert told[1] == "8"


@pytest.mark.slow
def test_codes_read_as_documented(moved):
    code = "import polars as pl\n" + snippet("np.frombuffer")
    assert run(code, moved, "codes.shape, int(codes[1, 0])") == f"(2, 3) {6 + 7 * 256}"


def test_clients_agree_on_every_row(moved):
    folder = moved / "lake" / "captions"
    table = deltalake.DeltaTable(str(folder))
    schema = pa.schema(table.schema().to_arrow())
    arrow = pl.from_arrow(ds.dataset(table.file_uris(), schema=schema).to_table())
    arrow = arrow.sort("caption_id")
    duck = duckdb.read_parquet(table.file_uris()).order("caption_id").pl()
    assert pl.scan_delta(str(folder)).sort("caption_id").collect().equals(arrow)
    assert duck.equals(arrow)


def test_the_protocol_is_the_one_that_every_client_reads(moved):
    for name in ("clips", "codes"):
        protocol = deltalake.DeltaTable(str(moved / "lake" / name)).protocol()
        assert protocol.min_reader_version == 1
