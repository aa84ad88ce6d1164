"""No sandbox, no program: each way in which there is none has an error that says what to do."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from evaluation.benchmarks.sandbox.command import find_tools
from evaluation.benchmarks.sandbox.interpreter import default_interpreters, find_interpreter
from evaluation.benchmarks.sandbox.limits import Limits, SandboxError
from evaluation.benchmarks.sandbox.self_test import contained_tools

STRIPPED = '#!/bin/sh\ncase "$1" in --version) echo "bubblewrap 0.8.0"; exit;; esac\n'
LEAKY = STRIPPED + 'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
FORBIDDEN = STRIPPED + 'echo "bwrap: No permissions to create new namespace"\nexit 1\n'
OLD = "#!/bin/sh\necho bubblewrap 0.6.1\n"


@pytest.fixture
def bubblewrap(monkeypatch):
    """Put a script in bubblewrap's place, one that every user may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)

        def put(script):
            program = Path(folder) / "bwrap"
            program.write_text(script)
            program.chmod(0o755)
            monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

        find_tools.cache_clear()
        contained_tools.cache_clear()
        yield put
        find_tools.cache_clear()
        contained_tools.cache_clear()


def test_a_sandbox_that_does_not_contain_is_refused_and_says_what_leaked(bubblewrap):
    bubblewrap(LEAKY)
    with pytest.raises(SandboxError, match="self-test found") as refusal:
        contained_tools()
    for leak in ("net namespace", "pid namespace", "no filter", "a TCP socket", "/etc/passwd"):
        assert leak in str(refusal.value)


def test_a_host_that_forbids_namespaces_is_refused_with_what_to_do(bubblewrap):
    bubblewrap(FORBIDDEN)
    with pytest.raises(SandboxError, match=r"No permissions .*user\.max_user_namespaces"):
        contained_tools()


def test_an_old_bubblewrap_is_refused(bubblewrap):
    bubblewrap(OLD)
    with pytest.raises(SandboxError, match=r"0\.8 or newer, got 'bubblewrap 0\.6\.1'"):
        contained_tools()


@pytest.mark.usefixtures("bubblewrap")
def test_a_missing_bubblewrap_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="apt-get install bubblewrap"):
        contained_tools()


def test_an_interpreter_that_cannot_be_run_is_named():
    with pytest.raises(SandboxError, match=r"/nowhere/python3: .*apt-get install python3"):
        find_interpreter((), ["/nowhere/python3"])


def test_an_interpreter_of_a_private_place_lies_at_a_neutral_one():
    own = next(iter(default_interpreters()))
    prefix = os.path.realpath(sys.base_prefix)
    found = find_interpreter((), [own])
    if prefix.startswith("/usr"):
        assert found.program == own
    else:
        assert found.program == f"/python/bin/{Path(own).name}"
        assert not any(place.startswith(prefix) for _, place in found.shown)
        assert found.libraries == "/python/lib"
    assert found.version == ".".join(map(str, sys.version_info[:3]))


def test_the_tools_name_an_unprivileged_user_where_root_calls(tools):
    assert bool(tools.as_user) == (os.geteuid() == 0)
    assert shutil.which("bwrap") == tools.bubblewrap


@pytest.mark.parametrize("wrong", [{"seconds": float("nan")}, {"memory": 0}, {"tasks": 2}])
def test_limits_under_which_nothing_starts_are_refused(wrong):
    with pytest.raises(ValueError, match=f"expected {next(iter(wrong))} of at least"):
        Limits(**wrong)
