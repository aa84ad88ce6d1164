"""Ingest archives and manifests written by an attacker, and check that nothing escapes.

    python -m tests.faults.hostile_archives --cases 200

Each case runs in a process and a folder of its own, beside a canary: a sound and a server on
loopback that the case tries to reach. After it the lake has to verify, the hostile part has to
stand in the ledger, the canary has to be as it was, and nothing of it may be in the lake.
"""

import argparse
import json
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from tests.faults.forked import forked
from tests.faults.hostile_cases import CANARY, SECRETS, Scratch, cases
from tests.faults.hostile_manifests import lay_traps

_PATIENCE_S = 120.0


@dataclass(kw_only=True)
class Tally:
    """What became of the cases."""

    cases: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    """Ledger rows by reason."""
    failures: list[str] = field(default_factory=list)


def hostile_archives(folder: Path, most: int, offset: int = 0) -> Tally:
    """Run cases, spread evenly over all there are.

    Args:
        folder: Where the scratch folders are made.
        most: How many to run.
        offset: Which of the neighbours to take, so that samples differ.
    """
    tally, hits = Tally(), []
    server = _canary_server(hits)
    try:
        total = len(list(cases(_scratch(folder / "count", server.server_port))))
        chosen = sorted({(index * total // most + offset) % total for index in range(most)})
        for index in chosen:
            name, found = _run(folder / f"case-{index}", server.server_port, index)
            tally.cases += 1
            for reason, count in found.pop("refused", {}).items():
                tally.refused[reason] = tally.refused.get(reason, 0) + count
            tally.failures += [f"{name}: {what}" for what in found["failures"]]
            if hits:
                tally.failures.append(f"{name}: the canary's server was asked: {hits.pop()}")
    finally:
        server.shutdown()
        server.server_close()
    return tally


def _scratch(root: Path, port: int) -> Scratch:
    scratch = Scratch(root=root, port=port)
    scratch.inputs.mkdir(parents=True)
    scratch.canary.parent.mkdir()
    scratch.canary.write_bytes(CANARY)
    lay_traps(scratch)
    return scratch


def _run(root: Path, port: int, index: int) -> tuple[str, dict]:
    """Run a case in a process of its own; a crash is a failure."""
    scratch = _scratch(root, port)
    case = list(cases(scratch))[index]
    context = forked()
    ours, theirs = context.Pipe()
    process = context.Process(target=_ingest, args=(scratch, index, theirs))
    process.start()
    theirs.close()
    found: dict = {"failures": ["no answer in time"]}
    if ours.poll(_PATIENCE_S):
        try:
            found = ours.recv()
        except EOFError:
            found = {"failures": ["the process died"]}
    if "refused" not in found:
        process.kill()
    process.join()
    found["failures"] += _escapes(scratch)
    return case.name, found


def _ingest(scratch: Scratch, index: int, answer: Connection) -> None:
    from tests.faults.hostile_ingest import ingest

    case = list(cases(scratch))[index]
    answer.send(ingest(case.kind, case.write(scratch), scratch.root / "lake"))


def _escapes(scratch: Scratch) -> list[str]:
    """Return what the case reached or changed outside its folder."""
    found = []
    if scratch.canary.read_bytes() != CANARY:
        found.append("the canary was changed")
    if sorted(path.name for path in scratch.root.iterdir()) != ["lake", "outside", "set"]:
        found.append("something was written outside the lake")
    if [path.name for path in scratch.canary.parent.iterdir()] != ["canary.flac"]:
        found.append("something was written beside the canary")
    files = [path for path in (scratch.root / "lake").rglob("*") if path.is_file()]
    secret = [path.name for path in files if any(s in path.read_bytes() for s in SECRETS)]
    return found + [f"the lake holds what it should not: {name}" for name in secret]


def _canary_server(hits: list[str]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CANARY)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    """Run as a tool: print what became of the cases, as JSON; exit 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--offset", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = hostile_archives(Path(folder), given.cases, given.offset)
    sys.stdout.write(json.dumps(vars(tally), indent=2) + "\n")
    sys.exit(1 if tally.failures else 0)


if __name__ == "__main__":
    main()
