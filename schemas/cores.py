"""How many cores there are for this process."""

import os


def cores() -> int:
    """Return the number of cores that this process may use, which may be few of a machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
