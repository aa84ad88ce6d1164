"""Which runners are refused, and why; asked before anything is planned or imported."""

from collections.abc import Sequence
from pathlib import Path

EMBEDDED = "embedded"

_REFUSED = {
    "direct": "it runs another engine with and without internet, and fetches one silently",
    "dask": "it loses rows silently (finish_bundle output, sinks, tagged outputs)",
}
"""Part of a runner's name, in any spelling that Beam knows, to the reason."""

_PROGRAMS = {
    "flink": ("--flink_job_server_jar", "Beam's job server for Flink, a jar"),
    "spark": ("--spark_job_server_jar", "Beam's job server for Spark, a jar"),
    "prism": ("--prism_location", "the prism program"),
}
"""Part of a runner's name to the option that names the program it starts, and what that is. Beam
would fetch one from the internet where the option is missing."""


def refuse_runner(runner: str, beam_args: Sequence[str] = ()) -> None:
    """Refuse a runner that is known to lose rows or to surprise.

    Args:
        runner: Name as given by `--runner`.
        beam_args: Beam's own options.

    Raises:
        ValueError: If it is refused, if there are words that are no options (a command's own that
            stand in a wrong place, for instance), if Beam's options name a runner of their own or
            have none to go to, or if the program that the runner starts is not named or not there.
    """
    for part, reason in _REFUSED.items():
        if part in runner.lower():
            msg = (
                f"--runner {runner} is refused: {reason}; use --runner {EMBEDDED}, FlinkRunner, ..."
            )
            raise ValueError(msg)
    given = _options(beam_args)
    if strays := _strays(beam_args):
        msg = f"expected nothing but options, got {' '.join(strays)}; --help lists them"
        raise ValueError(msg)
    if "--runner" in given:
        msg = "expected the runner before the `--`, as --runner NAME; got another one behind it"
        raise ValueError(msg)
    if given and runner == EMBEDDED:
        msg = (
            f"--runner {EMBEDDED} takes no options of Beam, got {' '.join(given)}; name the runner "
            "that they are for, as --runner FlinkRunner before the `--`"
        )
        raise ValueError(msg)
    for part, (option, program) in _PROGRAMS.items():
        if part in runner.lower() and "--job_endpoint" not in given:
            _refuse_fetching(runner, option, program, given.get(option))


def _refuse_fetching(runner: str, option: str, program: str, path: str | None) -> None:
    if path and Path(path).is_file():
        return
    got = f"there is no file {path}" if path else "it is missing"
    msg = (
        f"--runner {runner}: expected {option}=PATH behind the `--`, the path of {program}, but "
        f"{got}; nothing is fetched while a step runs (docs/clusters.md says how to get one, "
        "or give a running server's --job_endpoint=HOST:PORT)"
    )
    raise ValueError(msg)


def _options(beam_args: Sequence[str]) -> dict[str, str]:
    """Return options by name; a value may stand behind `=` or be the next word."""
    found = {}
    for place, arg in enumerate(beam_args):
        name, equals, value = arg.partition("=")
        if name.startswith("--"):
            found[name] = value if equals else "".join(beam_args[place + 1 : place + 2])
    return found


def _strays(beam_args: Sequence[str]) -> list[str]:
    """Return the words that are neither an option nor may be the value of the one before.

    Example:
        >>> _strays(["rules.toml", "--parallelism", "2", "--flink_master=[local]", "x"])
        ['rules.toml', 'x']
    """
    before = ["", *beam_args]
    return [
        word
        for last, word in zip(before, beam_args, strict=False)
        if not word.startswith("-") and ("=" in last or not last.startswith("--"))
    ]
