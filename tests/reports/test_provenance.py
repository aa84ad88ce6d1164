import shutil
import subprocess

import pytest

from reports.provenance import suite_commit

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "--no-verify", "-m", "one")
    return tmp_path


def test_a_clean_checkout_is_its_commit(checkout):
    git(checkout, "tag", "-a", "v1", "-m", "v1")
    assert suite_commit(checkout) == git(checkout, "rev-parse", "--short=12", "HEAD")


def test_a_changed_checkout_says_so(checkout):
    (checkout / "file").write_text("two")
    assert suite_commit(checkout).endswith("-dirty")


def test_a_folder_without_git_has_no_commit(tmp_path):
    assert suite_commit(tmp_path) is None
