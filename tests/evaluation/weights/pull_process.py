"""Pull `tiny` from an address, in a process of its own that can be killed.

Each step of the progress is a line on standard output; a command that waits says so on standard
error.
"""

import logging
import sys

from evaluation.weights.entries import ENTRIES
from evaluation.weights.pulling import pull
from tests.evaluation.weights.conftest import tiny_entry


def progress(_):
    return lambda done, total: sys.stdout.write(f"{done} {total}\n") and sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    ENTRIES["tiny"] = tiny_entry(sys.argv[1])
    pull("tiny", progress)
