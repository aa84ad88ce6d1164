"""Which runners are refused, and why; asked before anything is planned or imported."""

from collections.abc import Sequence

EMBEDDED = "embedded"

_REFUSED = {
    "direct": "it runs another engine with and without internet, and fetches one silently",
    "dask": "it loses rows silently (finish_bundle output, sinks, tagged outputs)",
}
"""Part of a runner's name, in any spelling that Beam knows, to the reason."""


def refuse_runner(runner: str, beam_args: Sequence[str] = ()) -> None:
    """Refuse a runner that is known to lose rows or to surprise.

    Args:
        runner: Name as given by `--runner`.
        beam_args: Beam's own options.

    Raises:
        ValueError: If it is refused, or Beam's options name a runner of their own.
    """
    for part, reason in _REFUSED.items():
        if part in runner.lower():
            msg = (
                f"--runner {runner} is refused: {reason}; use --runner {EMBEDDED}, FlinkRunner, ..."
            )
            raise ValueError(msg)
    if any(arg.partition("=")[0] == "--runner" for arg in beam_args):
        msg = "expected the runner before the `--`, as --runner NAME; got another one behind it"
        raise ValueError(msg)
