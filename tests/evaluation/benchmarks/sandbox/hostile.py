"""Programs that try to get out, or to be believed; each says what becomes of it.

`refused(f)` calls f and demands that the kernel refuses; a program that reaches its last line
raises `contained`. So `failed` with that word means: tried, and nothing came of it.
"""

import platform
from dataclasses import dataclass

CANARY = "UALM_HOSTILE_CANARY"

HEAD = """
import ctypes, glob, os, signal, socket, sys, threading, time
def refused(function, *arguments):
    try:
        found = function(*arguments)
    except (OSError, ValueError) as problem:
        return problem
    raise SystemExit("LEAK: %r gave %r" % (function, found))
def kernel(*arguments):
    assert ctypes.CDLL(None, use_errno=True).syscall(*arguments) == -1, "LEAK: %r" % (arguments,)
"""
CONTAINED = "\nraise Exception('contained')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    source: str
    statuses: tuple[str, ...] = ("failed",)
    detail: str = "Exception: contained"

    @property
    def program(self) -> str:
        ending = CONTAINED if self.detail == "Exception: contained" else ""
        return HEAD + self.source + ending


def ended(source: str, *statuses: str, detail: str = "") -> Hostile:
    return Hostile(source=source, statuses=statuses, detail=detail)


def tried(source: str) -> Hostile:
    return Hostile(source=source)


CALLS = (
    "import platform\nat = ['x86_64', 'aarch64'].index(platform.machine())\n"
    "for numbers in [(165, 40), (272, 97), (161, 51), (250, 219), (248, 217), (321, 280),\n"
    "                (155, 41), (308, 268), (298, 241), (425, 425), (323, 282), (319, 279),\n"
    "                (29, 194), (435, 435)]:\n"
    "    kernel(numbers[at], 0, 0, 0, 0, 0)\n"
    "refused(os.setuid, 0); refused(os.setgid, 0); refused(os.setgroups, [0])\n"
    "refused(os.chroot, '/tmp')"
)
OLD_DOOR = (
    "import mmap\npage = mmap.mmap(-1, 4096, prot=7)\n"
    "page.write(bytes([0xb8, 2, 0, 0, 0, 0xcd, 0x80, 0xc3]))\n"  # fork by the 32-bit table
    "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()"
)
FORGED = "for number in range(3, 64):\n    try: os.write(number, b'passed ' + b'0' * 32)\n"
FORGED += "    except OSError: pass\nos._exit(0)"

HOSTILE = {
    "fork bomb": ended("while True: os.fork()", "failed", detail="PermissionError"),
    "child left behind": tried(
        "import subprocess\nrefused(subprocess.Popen, [sys.executable, '-c', 'while 1: pass'])"
    ),
    "posix_spawn": tried("refused(os.posix_spawn, sys.executable, [sys.executable], {})"),
    "thread bomb": ended(
        "while True: threading.Thread(target=time.sleep, args=(99,)).start()",
        "failed",
        detail="RuntimeError: can't start new thread",
    ),
    "/etc/passwd": tried("refused(open, '/etc/passwd')"),
    "/etc/shadow": tried("refused(open, '/etc/shadow')"),
    "homes": tried("refused(os.listdir, '/root'); refused(os.listdir, '/home')"),
    "symlink out": tried("os.symlink('/etc', '/tmp/e')\nrefused(open, '/tmp/e/passwd')"),
    "up and out": tried("refused(open, '../../../../etc/passwd')"),
    "/proc": tried(
        "refused(os.listdir, '/proc/1/root'); refused(open, '/proc/self/mem')\n"
        "assert not glob.glob('/proc/*/environ') + glob.glob('/sys/*'), 'LEAK'"
    ),
    "TCP": tried("refused(socket.create_connection, ('127.0.0.1', 22), 1)"),
    "UDP": tried("refused(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)"),
    "DNS": tried(
        "refused(socket.getaddrinfo, 'localhost', 80)\n"
        "refused(socket.gethostbyname, 'example.org')"
    ),
    "unix sockets": tried("refused(socket.socket, socket.AF_UNIX)"),
    "netlink": tried("refused(socket.socket, 16, socket.SOCK_RAW, 0)"),
    "memory": ended("kept = []\nwhile True: kept.append(bytearray(1 << 24))", "memory"),
    "memory by mapping": tried("import mmap\nrefused(mmap.mmap, -1, 1 << 32)"),
    "memory in files": tried("refused(os.mkdir, '/dev/shm/x'); refused(os.memfd_create, 'x')"),
    "full disk": tried(
        "def fill():\n"
        "    for number in range(99):\n"
        "        with open('/tmp/%d' % number, 'wb') as file: file.write(bytes(1 << 20))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nrefused(fill)\n"
        "assert sum(os.path.getsize(name) for name in glob.glob('/tmp/*')) <= 16 << 20, 'LEAK'"
    ),
    "file flood": ended(
        "while True: open('/tmp/%d' % time.monotonic_ns(), 'w').close()", "timeout", "failed"
    ),
    "writing elsewhere": tried(
        "for place in ['/', '/usr', '/dev', '/lib', os.path.dirname(os.__file__)]:\n"
        "    refused(open, place + '/x', 'w')"
    ),
    "writing to the interpreter": tried(
        "refused(open, os.__file__, 'a'); refused(open, sys.executable, 'ab')\n"
        "refused(os.chmod, sys.executable, 0o777); refused(os.remove, os.__file__)"
    ),
    "deleting everything": tried(
        "import shutil\nshutil.rmtree('/', ignore_errors=True)\nassert os.path.exists(os.__file__)"
    ),
    "killing the parent": tried("os.kill(os.getppid(), 9); os.kill(1, 9)"),
    "killing everyone": tried("try: os.kill(-1, 9)\nexcept ProcessLookupError: pass"),
    "killing its group": ended("os.killpg(0, 9)\ntime.sleep(9)", "crashed"),
    "ptrace": tried("kernel({'x86_64': 101}.get(os.uname().machine, 117), 16, 1, 0, 0)"),
    "system calls": tried(CALLS),
    "raising limits": tried(
        "import resource\n"
        "for name in ['AS', 'NPROC', 'FSIZE', 'NOFILE', 'CPU', 'CORE']:\n"
        "    number = getattr(resource, 'RLIMIT_' + name)\n"
        "    refused(resource.setrlimit, number, (1 << 40, 1 << 40))\n"
        "refused(os.nice, -5)"
    ),
    "core dump": ended(
        "import resource\nrefused(resource.setrlimit, resource.RLIMIT_CORE, (0, 0))\n"
        "ctypes.string_at(0)", "crashed", detail="signal 11",
    ),
    "abort": ended("os.abort()", "crashed", detail="signal 6"),
    "endless output": ended("while True: print('x' * 4096)", "output"),
    "endless complaint": ended("while True: sys.stderr.write('x' * 4096)", "output"),
    "threads on every core": ended(
        "import hashlib\nwork = bytes(1 << 20)\n"
        "def burn():\n    while True: hashlib.sha256(work)\n"
        "for _ in range(2): threading.Thread(target=burn).start()", "passed", "timeout",
    ),
    "sleep": ended("time.sleep(99)", "timeout"),
    "deaf to signals": ended(
        "for number in range(1, 32):\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n"
        "    except OSError: pass\nwhile True: pass",
        "timeout",
    ),
    "swallowed exceptions": ended(
        "while True:\n    try: time.sleep(99)\n    except BaseException: pass", "timeout"
    ),
    "huge number": ended("9 ** 9 ** 9", "timeout", "memory"),
    "deep recursion": ended(
        "sys.setrecursionlimit(10 ** 9)\nf = lambda: [f()]\nf()", "memory", "crashed", "timeout"
    ),
    "silent and endless": ended("os.closerange(0, 64)\nwhile True: pass", "crashed"),
    "os._exit(0)": ended("os._exit(0)", "crashed", detail="exit status 0"),
    "sys.exit(0)": ended("sys.exit(0)", "failed", detail="SystemExit: 0"),
    "says that it passed": ended("print('passed'); print('S'); os._exit(0)", "crashed"),
    "forged verdict": ended(FORGED, "crashed", detail="without the proof"),
    "forged at exit": ended(
        "import atexit\natexit.register(os._exit, 0)\nassert 0, 'wrong'", "failed",
        detail="AssertionError: wrong",
    ),
    "another interpreter": ended(
        "os.environ['LD_PRELOAD'] = '/tmp/x.so'\nos.execv(sys.executable, ['python', '-c', ''])",
        "crashed", detail="exit status 0",
    ),
    "time bomb": ended(
        "threading.Timer(0.05, os._exit, (0,)).start()\ntime.sleep(99)", "crashed"
    ),
    "no modules": ended(
        "sys.modules.clear(); sys.modules['os'] = None\nassert 0, 'wrong'", "failed",
        detail="AssertionError: wrong",
    ),
    "no builtins": ended(
        "import builtins\nvars(builtins).clear()\n1 / 0", "crashed", detail="exit status 1"
    ),
    "an exception that bites": ended(
        "class Bad(BaseException):\n    def __str__(self): os._exit(0)\nraise Bad", "crashed"
    ),
    "standard input": ended("input()", "failed", detail="EOFError"),
    "secrets of the environment": tried(
        f"assert {CANARY!r} not in os.environ and b{CANARY!r} not in os.environb, 'LEAK'\n"
        "assert set(os.environ) <= {'PYTHONHASHSEED', 'PYTHONDONTWRITEBYTECODE', 'HOME', 'LANG',"
        " 'LC_CTYPE', 'PWD', 'LD_LIBRARY_PATH'}, os.environ"
    ),
    "secrets of descriptors": tried(
        "import stat\nkinds = []\n"
        "for number in range(64):\n"
        "    try: kinds.append(stat.S_IFMT(os.fstat(number).st_mode))\n"
        "    except OSError: pass\n"
        "assert set(kinds) <= {stat.S_IFIFO, stat.S_IFCHR} and len(kinds) == 4, kinds"
    ),
    "name of the host": tried("assert os.uname().nodename == 'sandbox', 'LEAK'"),
    "surrogates": ended("assert 0, '\\ud800'", "failed", detail="AssertionError"),
}  # fmt: skip
if platform.machine() == "x86_64":
    HOSTILE["the 32-bit door"] = ended(OLD_DOOR, "crashed", detail="signal 31")
