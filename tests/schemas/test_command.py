import pytest
import typer

from schemas.command import RunFailedError, user_errors
from schemas.lake import LakeConflictError, LakeWriteError


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ValueError("expected a lake,\n  got none"), 2, "error: expected a lake, got none\n"),
        (
            FileNotFoundError(2, "No such file", "x"),
            2,
            "error: expected a file or folder at x, found none\n",
        ),
        (
            FileNotFoundError(2, "No such file", b"none/x"),
            2,
            "error: expected a file or folder at none/x, found none; there is no folder none\n",
        ),
        (
            IsADirectoryError(21, "Is a directory", "x"),
            2,
            "error: could not read or write x: Is a directory\n",
        ),
        (OSError("cut off"), 2, "error: cut off\n"),
        (LakeConflictError("clips: another writer"), 1, "failed: clips: another writer\n"),
        (LakeWriteError("disk full"), 1, "failed: disk full\n"),
        (
            RunFailedError("--runner FlinkRunner: no jar"),
            1,
            "failed: --runner FlinkRunner: no jar\n",
        ),
    ],
)
def test_expected_errors_are_one_line_and_a_code(capsys, error, code, line):
    with pytest.raises(typer.Exit) as left, user_errors():
        raise error
    assert left.value.exit_code == code
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("error", [RuntimeError("ours"), TypeError("ours"), KeyError("ours")])
def test_unexpected_errors_keep_their_traceback(error):
    with pytest.raises(type(error), match="ours"), user_errors():
        raise error
