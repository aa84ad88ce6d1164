"""What a piece of code leaves behind in a fresh process, beside what it returns."""

import json
import os
import subprocess
import sys
import textwrap

_BEFORE = """
import json, logging, os, random, sys, warnings
import numpy as np
import sympy  # torch loads it on demand, and it adds a filter of its own warnings
import torch

happened = []
def audit(event, arguments):
    if event in ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect",
                 "os.mkdir", "socket.getaddrinfo"):
        happened.append([event, str(arguments[0])])
    elif event == "open" and isinstance(arguments[2], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR):
            happened.append([event, str(arguments[0])])

def state():
    seeds = torch.random.get_rng_state().tolist(), np.random.get_state()[1].tolist()
    settings = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    root = logging.getLogger()
    return (*seeds, random.getstate(), *settings, torch.stft, list(warnings.filters),
            list(root.handlers), root.level)

before = state()
sys.addaudithook(audit)
"""
_AFTER = """
loaded = {name.split(".")[0] for name in sys.modules}
print(json.dumps({"happened": happened, "state_kept": state() == before, "loaded": sorted(loaded)}))
"""


def side_effects(code, home):
    """Run code with warnings as errors, and return what happened in its process.

    Args:
        code: Python code, in which `np` and `torch` are imported.
        home: An empty folder, the process's home.

    Returns:
        `printed` by it (both streams), what `happened` (files written, folders made, processes
        started, addresses connected to), whether warning filters, seeds, `torch.stft`, log
        handlers and torch's defaults are `state_kept`, and the packages that are `loaded`.
    """
    script = _BEFORE + textwrap.dedent(code) + _AFTER
    done = subprocess.run(
        [sys.executable, "-W", "error", "-B", "-c", script],
        env=os.environ | {"HOME": str(home), "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    *printed, found = done.stdout.splitlines()
    return json.loads(found) | {"printed": "\n".join(printed) + done.stderr}
