import platform
import struct

import pytest

from evaluation.benchmarks.sandbox.limits import SandboxError
from evaluation.benchmarks.sandbox.system_calls import system_call_filter

ALLOWED, REFUSED, MISSING, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
X86, ARM = 0xC000003E, 0xC00000B7


def judged(number, *arguments, machine=X86):
    """Run the filter as the kernel would: loads, forward jumps, a return."""
    data = struct.pack("<IIQ6Q", number, machine, 0, *arguments, *[0] * (6 - len(arguments)))
    lines, at, word = list(struct.iter_unpack("<HBBI", system_call_filter())), 0, 0
    while True:
        code, then, otherwise, value = lines[at]
        if code == 0x06:
            return value
        if code == 0x20:
            (word,) = struct.unpack_from("<I", data, value)
            at += 1
            continue
        holds = {0x15: word == value, 0x35: word >= value, 0x45: bool(word & value)}[code]
        at += 1 + (then if holds else otherwise)


@pytest.fixture
def on(monkeypatch):
    return lambda machine: monkeypatch.setattr(platform, "machine", lambda: machine)


@pytest.mark.parametrize(
    ("verdict", "call"),
    [
        (ALLOWED, (0,)),  # read
        (ALLOWED, (59,)),  # execve: how the interpreter starts
        (ALLOWED, (231,)),  # exit_group
        (ALLOWED, (56, 0x3D0F00)),  # clone of a thread
        (REFUSED, (56, 0x11)),  # clone as fork does
        (REFUSED, (56, 0x10000000)),  # clone of a user namespace
        (REFUSED, (57,)),  # fork
        (REFUSED, (58,)),  # vfork
        (MISSING, (435,)),  # clone3
        (REFUSED, (41,)),  # socket
        (REFUSED, (101,)),  # ptrace
        (REFUSED, (250,)),  # keyctl
        (ALLOWED, (302, 0, 9)),  # prlimit of its own memory
        (REFUSED, (302, 0, 4)),  # prlimit of its own core dumps
        (REFUSED, (302, 1, 9)),  # prlimit of another process
        (REFUSED, (0x40000000 + 57,)),  # fork by the x32 numbers
    ],
)
def test_a_call_is_allowed_or_refused_by_number_and_arguments(verdict, call, on):
    on("x86_64")
    assert judged(*call) == verdict


def test_another_machines_calls_end_the_program(on):
    on("x86_64")
    assert judged(0, machine=0x40000003) == KILLED  # i386, by int 0x80


def test_arm_has_numbers_of_its_own(on):
    on("aarch64")
    assert judged(198, machine=ARM) == REFUSED  # socket
    assert judged(220, 0x11, machine=ARM) == REFUSED  # clone as fork does
    assert judged(57, machine=ARM) == ALLOWED  # close, where x86_64 has fork
    assert judged(0, machine=X86) == KILLED


def test_an_unknown_machine_is_refused(on):
    on("riscv64")
    with pytest.raises(SandboxError, match="got riscv64"):
        system_call_filter()
