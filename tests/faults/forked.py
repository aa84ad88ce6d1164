"""Processes that begin with everything imported, so that a fault meets the work and no import.

A session has one fork server, and what is preloaded counts when it starts: so all of it here.
"""

import multiprocessing
from multiprocessing.context import ForkServerContext

_PRELOADED = ["killed_steps", "server_faults", "hostile_ingest"]


def forked() -> ForkServerContext:
    """Return the context of processes that are forked from the server."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"tests.faults.{name}" for name in _PRELOADED])
    return context
