"""Checkpoints that would do something: each leaves a canary file behind if it is run."""

import codecs
import functools
import importlib
import io
import marshal
import operator
import os
import pathlib
import pickle
import runpy
import shutil
import subprocess
import tarfile
import timeit
import urllib.request

import numpy as np
import torch


class Calls:
    """Pickles as the call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Restored:
    """Runs something when its state is set."""

    def __init__(self, canary):
        self.canary = canary

    def __getstate__(self):
        return {"canary": self.canary}

    def __setstate__(self, state):
        pathlib.Path(state["canary"]).touch()


class Part(torch.nn.Linear):
    """A network that runs something when it is unpickled."""

    def __setstate__(self, state):
        pathlib.Path(state["canary"]).touch()


class Key(Calls):
    """Pickles as a call, and may be a key."""

    def __hash__(self):
        return 1


def calls(canary):
    """Return objects by name: each makes the canary file when it is unpickled without care."""
    touch, folder = f"touch {canary}", pathlib.Path(canary).parent
    code = f"open({str(canary)!r}, 'w').close()"
    script = folder / "script.py"
    script.write_text(code)
    evil = Calls(os.system, touch)
    array = folder / "array.npy"
    np.save(array, np.array([evil], dtype=object), allow_pickle=True)
    nested = folder / "nested.pt"
    torch.save(evil, nested)
    imported = Calls(importlib.import_module, "os")
    function_type = Calls(getattr, Calls(importlib.import_module, "types"), "FunctionType")
    compiled = Calls(marshal.loads, marshal.dumps(compile(code, "x", "exec")))
    network = Part(1, 1)
    network.canary = str(canary)
    return {
        "os.system": evil,
        "subprocess.call": Calls(subprocess.call, ["touch", str(canary)]),
        "subprocess.getoutput": Calls(subprocess.getoutput, touch),
        "builtins.eval": Calls(eval, code),
        "builtins.exec": Calls(exec, code),
        "builtins.compile": Calls(exec, Calls(compile, code, "x", "exec")),
        "builtins.getattr": Calls(operator.call, Calls(getattr, imported, "system"), touch),
        "builtins.map": Calls(list, Calls(map, os.system, [touch])),
        "builtins.open": Calls(open, str(canary), "w"),
        "io.FileIO": Calls(io.FileIO, str(canary), "w"),
        "codecs.open": Calls(codecs.open, str(canary), "w"),
        "operator.attrgetter": Calls(
            operator.call, Calls(operator.attrgetter("system"), imported), touch
        ),
        "operator.methodcaller": Calls(operator.methodcaller("touch"), pathlib.Path(canary)),
        "functools.partial": Calls(functools.partial(os.system, touch)),
        "runpy.run_path": Calls(runpy.run_path, str(script)),
        "pathlib.Path.touch": Calls(pathlib.Path.touch, pathlib.Path(canary)),
        "shutil.copyfile": Calls(shutil.copyfile, str(script), str(canary)),
        "types.FunctionType": Calls(
            operator.call, Calls(operator.call, function_type, compiled, {"open": open})
        ),
        "timeit.timeit": Calls(timeit.timeit, code, "pass", timeit.default_timer, 1),
        "urllib.request": Calls(urllib.request.urlretrieve, script.as_uri(), str(canary)),
        "numpy.memmap": Calls(np.memmap, str(canary), "uint8", "w+", 0, (1,)),
        "numpy.load": Calls(functools.partial(np.load, allow_pickle=True), str(array)),
        "numpy.ndarray.tofile": Calls(np.ndarray.tofile, np.zeros(1), str(canary)),
        "pickle.loads": Calls(pickle.loads, pickle.dumps(evil)),
        "torch.load": Calls(functools.partial(torch.load, weights_only=False), str(nested)),
        "torch.save": Calls(torch.save, {}, str(canary)),
        "a state of its own": Restored(str(canary)),
        "a network": network,
        "hidden among tensors": {"model": {"w": torch.ones(2)}, "epoch": evil},
        "as a key": {Key(os.system, touch): torch.ones(2)},
        "inside a numpy array": np.array([evil], dtype=object),
    }


def pickles(canary):
    """Return pickles by name, written by hand: each makes the canary when it is read."""
    touch = f"touch {canary}".encode()
    evil = pickle.dumps(Calls(os.system, f"touch {canary}"), protocol=2)
    return {
        "protocol 0": b"cposix\nsystem\n(S'" + touch + b"'\ntR.",
        "opcode INST": b"(S'" + touch + b"'\niposix\nsystem\n.",
        "opcode OBJ": b"(cposix\nsystem\nS'" + touch + b"'\no.",
        "protocol 4": pickle.dumps(Calls(os.system, touch.decode()), protocol=4),
        "protocol 5": pickle.dumps(Calls(os.system, touch.decode()), protocol=5),
        "a persistent id": evil[:-1] + b"Q.",
        "before a second pickle": evil + pickle.dumps({}),
    }


def tar_file(path, canary):
    """Write the oldest format of torch, a tar of pickles."""
    evil = pickle.dumps(Calls(os.system, f"touch {canary}"), protocol=2)
    with tarfile.open(path, "w") as tar:
        for name in ("storages", "tensors", "pickle"):
            member = tarfile.TarInfo(name)
            member.size = len(evil)
            tar.addfile(member, io.BytesIO(evil))


def hostile_files(folder):
    """Write every file below a folder; return path and canary by name."""
    made = {}

    def place(name):
        below = folder / str(len(made))
        below.mkdir(parents=True)
        made[name] = (below / "checkpoint.pt", below / "canary")
        return made[name]

    for name in calls(folder / "unused"):
        for archive in (True, False):
            path, canary = place(f"{name}, {'zip' if archive else 'legacy'}")
            torch.save(calls(canary)[name], path, _use_new_zipfile_serialization=archive)
    for name in pickles(folder / "unused"):
        path, canary = place(name)
        path.write_bytes(pickles(canary)[name])
    tar_file(*place("legacy tar"))
    return made
