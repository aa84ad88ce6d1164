"""Caption with a server that misbehaves, kill the run, and count what was sent.

    python -m tests.faults.server_faults --kills 10 --clips 40

Every attempt runs in a process of its own against a server on loopback that drops, cuts and refuses
answers by a seeded script. After some answers it holds all further requests; the process is killed
while they are in flight, and started again. In the end every sample was asked for, no answer was
paid for twice, and the captions are those of a run against a server without faults.
"""

import argparse
import json
import random
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import pipelines.running.run_shards  # noqa: F401 (so that a process that is forked has Beam already)
from pipelines.captioners.captioner import Sampling
from pipelines.captions.recipe import ETTA
from pipelines.captions.step import Captions
from pipelines.running.run import run_step
from schemas.lake import Lake
from schemas.verify import verify
from tests.faults.faulty_server import FAULTS, FaultyServer
from tests.faults.forked import forked
from tests.pipelines.encoding.encode_lake import add_sounds, flac, sound
from tests.pipelines.scene_judge import give_judge

IN_FLIGHT = 4
SAMPLES = 3


@dataclass(kw_only=True)
class Tally:
    """What was sent."""

    samples: int
    """Answers needed."""
    requests: int = 0
    faults: int = 0
    """Requests that the server answered badly, each of which has to come again."""
    kills: int = 0
    held: int = 0
    """Requests that were in flight at a kill."""
    sent_again: int = 0
    """Requests that came once more although no fault asked for it: at most those in flight."""


def step_at(url):
    """The step under test; it waits for nothing between its attempts."""
    recipe = ETTA.model_copy(update={"sampling": Sampling(samples=SAMPLES), "threshold": -1.0})
    options = f"concurrency={IN_FLIGHT}&backoff_s=0&attempts=20&give_up_after=1000"
    return Captions(captioner=f"openai:tiny@{url}#{options}", recipe=recipe)


def caption_once(root, url):
    """Caption a lake, in a process of its own."""
    tempfile.tempdir = str(Path(root).parent)  # Beam's folder, which a killed run leaves behind
    summary = run_step(step_at(url), Lake.open(root))
    if summary.failed:
        raise SystemExit(str(summary.errors))


def made_lake(folder, clips):
    """A lake of clips with a judge."""
    lake = Lake.create(folder)
    add_sounds(lake, "a-00000", {f"a{i}": flac(sound(i, 8000)) for i in range(clips)})
    give_judge(lake)
    return lake


def kill_captioning(folder, *, clips, kills, seed=0, share=0.2):
    """Kill a captioning run many times; see the module.

    Raises:
        AssertionError: If a request was lost, or more were sent again than were in flight.
    """
    chance, tally = random.Random(seed), Tally(samples=clips * SAMPLES)  # noqa: S311
    lake = made_lake(folder / "lake", clips)
    before = verify(lake)  # its clips have no recordings
    with FaultyServer() as sound_server:
        expected = _captions(made_lake(folder / "undisturbed", clips), sound_server.url)
    script = _Script(tally, chance, share)
    for kill in range(kills):
        # Until the end there have to be as many clips left as are in flight.
        script.until = (kill + 1) * (tally.samples - 2 * IN_FLIGHT * SAMPLES) // kills
        with FaultyServer(script) as server:
            process = _process(lake.root, server.url)
            try:
                server.wait_for_held(IN_FLIGHT)
            finally:
                process.kill()
                process.join()
            tally.kills, tally.held = tally.kills + 1, tally.held + server.held
            tally.requests += len(server.requests)
        assert verify(lake) == before, "the kill damaged the lake"
    script.until = sys.maxsize
    with FaultyServer(script) as server:
        process = _process(lake.root, server.url)
        process.join()
        assert process.exitcode == 0
        tally.requests += len(server.requests)
    tally.sent_again = tally.requests - tally.samples - tally.faults
    assert 0 <= tally.sent_again <= kills * IN_FLIGHT, tally
    assert _captions(lake, "http://127.0.0.1:9/v1") == expected  # all are there: nothing is sent
    return tally


class _Script:
    """Answer, or misbehave, or hold all once so many were answered."""

    def __init__(self, tally, chance, share):
        self.until, self._answered = 0, 0
        self._tally, self._chance, self._share = tally, chance, share

    def __call__(self, _number):
        if self._answered >= self.until:
            return "hold"
        if self._chance.random() < self._share:
            self._tally.faults += 1
            return self._chance.choice(FAULTS)
        self._answered += 1
        return "ok"


def _process(root, url):
    process = forked().Process(target=caption_once, args=(str(root), url))
    process.start()
    return process


def _captions(lake, url):
    summary = run_step(step_at(url), lake)
    assert not summary.errors, summary.errors
    rows = lake.read("captions").to_pylist() + lake.read("caption_measures").to_pylist()
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def main():
    """Run as a tool: print what was sent, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_captioning(Path(folder), clips=given.clips, kills=given.kills, seed=given.seed)
    sys.stdout.write(json.dumps(asdict(tally), indent=2) + "\n")


if __name__ == "__main__":
    main()
