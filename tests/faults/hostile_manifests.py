"""Manifests and Parquet files that name what they should not."""

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq

from tests.faults.hostile_tars import SOUND

AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def paths(scratch):
    """Yield (name, path) of what rows may say of where a sound is."""
    canary = str(scratch.canary)
    yield "up", "../outside/canary.flac"
    yield "many up", "../" * 40 + canary.lstrip("/")
    yield "absolute", canary
    yield "hidden up", "a/../../outside/canary.flac"
    yield "through a link", "link.flac"
    yield "through a linked folder", "linked/canary.flac"
    yield "file URL", f"file://{canary}"
    yield "NUL", "good.flac\0.txt"
    yield "long", "a/" * 5_000 + "b.flac"
    yield "long name", "n" * 5_000
    yield "device", "/dev/zero"
    yield "process", "/proc/self/environ"
    yield "home", "~/canary.flac"
    yield "variable", "$HOME/canary.flac"
    yield "pipe", "fifo.flac"
    yield "folder", "."
    yield "empty", ""
    yield "backslash", "..\\outside\\canary.flac"
    yield "half a character", "\udcff.flac"
    yield "fsspec", "memory://canary"
    yield "chained", f"simplecache::file://{canary}"
    yield from urls(scratch.port)


def urls(port):
    """Yield (name, URL) of what no row may lead to."""
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        yield f"http to {host}", f"http://{host}:{port}/canary.flac"
    yield "http with a user", f"http://user:hunter2@127.0.0.1:{port}/canary.flac"
    yield "metadata", "http://169.254.169.254/latest/meta-data/"
    yield "private", "http://10.0.0.1/a.flac"
    yield "CGNAT", "http://100.64.0.1/a.flac"
    yield "multicast", "http://224.0.0.1/a.flac"
    yield "no host", "http:///a.flac"
    yield "bad port", "http://127.0.0.1:99999999/a.flac"
    yield "broken", "http://[::1/a.flac"


def ualm_row(path):
    return {"location": path, "start_time": 0.0, "end_time": 1.0, "caption": "a"}


def talk_row(path):
    said = [{"from": "human", "value": "<sound>\nWhat?"}, {"from": "gpt", "value": "A."}]
    return {"id": "x", "sound": path, "conversations": said}


def manifest(scratch, row, good):
    """Write a manifest of a good row and a hostile one; return its path."""
    lines = [json.dumps(good), json.dumps(row)]
    path = scratch.inputs / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def parquet(scratch, path):
    """Write Parquet with a good row, and one that only names its sound."""
    good = {"bytes": SOUND, "path": "good.flac"}
    named = [good, {"bytes": None, "path": path.encode("utf-8", "replace").decode()}]
    table = pa.table({"audio": pa.array(named, AUDIO), "caption": ["good", "bad"]})
    pq.write_table(table, scratch.inputs / "train.parquet", row_group_size=1)
    return scratch.inputs / "train.parquet"


def broken_parquet(scratch):
    """Yield (name, path) of Parquet files that are damaged, beside a good one."""
    good = parquet(scratch, "good.flac")
    data = good.read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    broken = {
        "cut": data[: len(data) // 2],
        "no footer": data[:-8] + b"\xff\xff\xff\x7fPAR1",
        "words": b"PAR1" + b"no table" * 100 + b"PAR1",
    }
    for at in (8, 200, footer + 4, footer + 60, footer + 200):
        flipped = bytearray(data)
        flipped[at] ^= 0x55
        broken[f"flipped at {at}"] = bytes(flipped)
    for name, content in broken.items():
        path = scratch.inputs / "z.parquet"
        path.write_bytes(content)
        yield f"parquet: {name}", scratch.inputs / "*.parquet"


def lay_traps(scratch):
    """Put links and a pipe that lead outside beside the good sound."""
    (scratch.inputs / "good.flac").write_bytes(SOUND)
    (scratch.inputs / "link.flac").symlink_to(scratch.canary)
    (scratch.inputs / "linked").symlink_to(scratch.canary.parent)
    os.mkfifo(scratch.inputs / "fifo.flac")
