"""The filter of system calls: what no program of a benchmark needs is refused by the kernel.

The namespaces already contain a program. The filter takes away what they leave: new processes (so
that the memory limit of a process is the program's), sockets, the caller's keyring, core dumps that
a handler on the host would catch, and the parts of the kernel where holes were found before.

Source: Linux v6.1: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h (the
numbers), include/uapi/linux/bpf_common.h and seccomp.h (the filter's form).
"""

import platform
import struct

from evaluation.benchmarks.sandbox.limits import SandboxError

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE, _CLONE3, _PRLIMIT = (56, 220), (435, 435), (302, 261)
# Numbers on x86_64 and aarch64; -1 where a machine has no such call.
_REFUSED = {
    # other processes
    "fork": (57, -1), "vfork": (58, -1), "ptrace": (101, 117), "kcmp": (312, 272),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    # places of the network, and memory that no limit of a process counts
    "socket": (41, 198), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    # keys of the caller, limits that hold off core dumps
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "setrlimit": (160, 164),
    # wide doors into the kernel
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "vmsplice": (278, 75), "personality": (135, 92), "modify_ldt": (154, -1), "syslog": (103, 116),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "mbind": (237, 235),
    "set_mempolicy": (238, 237), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    # the machine's own state
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "quotactl": (179, 60), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161),
    "setdomainname": (171, 162), "iopl": (172, -1), "ioperm": (173, -1),
}  # fmt: skip

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_NUMBER, _MACHINE, _FIRST, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data, low halves
_THREAD = 0x00010000  # CLONE_THREAD
_CORE = 4  # RLIMIT_CORE


def system_call_filter() -> bytes:
    """Return the classic BPF program for this machine, as bubblewrap's `--seccomp` reads it.

    Raises:
        SandboxError: If the numbers of this machine's system calls are not listed.
    """
    machine = platform.machine()
    if machine not in _MACHINES:
        msg = (
            f"expected a machine whose system calls are known ({', '.join(_MACHINES)}), "
            f"got {machine}; run the programs on one of those"
        )
        raise SandboxError(msg)
    at, audit = _MACHINES[machine]
    lines = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000),  # the x32 calls, another door to the same ones
        (_RETURN, 0, 0, _EPERM),
        (_EQUAL, 0, 1, _CLONE3[at]),  # its flags lie in memory; without it libc calls clone
        (_RETURN, 0, 0, _ENOSYS),
        (_EQUAL, 0, 4, _CLONE[at]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 1, 0, _THREAD),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 6, _PRLIMIT[at]),  # its own limits, the core's apart: they only go down
        (_LOAD, 0, 0, _FIRST),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _SECOND),
        (_EQUAL, 0, 1, _CORE),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    for number in sorted(numbers[at] for numbers in _REFUSED.values() if numbers[at] >= 0):
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *line) for line in lines)
