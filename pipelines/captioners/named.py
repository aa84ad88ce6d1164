"""The captioners that steps and commands can name."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evaluation.embedded.embedded_judge import current_scorer
from pipelines.captioners.captioner import Captioner, Sampling
from pipelines.captioners.embedded_captioner import RULES_VERSION, EmbeddedCaptioner
from pipelines.captioners.licences import reported_licence
from pipelines.captioners.remote_captioner import RemoteCaptioner
from pipelines.remote.cache import ResponseCache
from pipelines.remote.client import RemoteModel
from pipelines.remote.endpoint import is_endpoint, read_endpoint
from pipelines.synthesis.judge_ear import judge_ear
from schemas.ids import digest_of
from schemas.lake import Lake

EMBEDDED = "embedded"
EMBEDDED_LICENCE = "CC0-1.0"
"""Of what the rules write, as of the scenes that the judge learned from."""


def captioner_name(given: str, lake: Lake) -> str:
    """Return the name of a captioner, for plans, without loading it.

    Args:
        given: `embedded`, `openai:MODEL@BASE_URL`, a folder or a hub id.
        lake: The lake, whose judge the embedded captioner listens with.

    Raises:
        ValueError: If there is no such captioner, or no judge.
    """
    if given == EMBEDDED:
        digest = digest_of([RULES_VERSION, current_scorer(lake)])
        return f"embedded:scene-captioner@{digest[:12]}"
    if is_endpoint(given):
        return read_endpoint(given).name
    from pipelines.captioners.transformers_captioner import checkpoint_name  # noqa: PLC0415 (4 s)

    return checkpoint_name(given)


@contextmanager
def opened_captioner(
    given: str, lake: Lake, sampling: Sampling, cache: ResponseCache
) -> Iterator[Captioner]:
    """Give a captioner, loaded; a server's connections are closed afterwards.

    Args:
        given: As `captioner_name`.
        lake: The lake.
        sampling: What it is asked.
        cache: Where a server's answers are kept.

    Raises:
        ValueError: If there is no such captioner.
    """
    if given == EMBEDDED:
        yield EmbeddedCaptioner(judge_ear(str(lake.root), current_scorer(lake)))
    elif is_endpoint(given):
        with closing(RemoteModel(read_endpoint(given), cache)) as model:
            yield RemoteCaptioner(model, sampling)
    else:
        from pipelines.captioners.transformers_captioner import (  # noqa: PLC0415 (4 s)
            loaded_captioner,
        )

        yield loaded_captioner(given, sampling)


def captioner_licence(given: str, stated: str | None) -> str | None:
    """Return the licence of what a captioner writes: as stated, else as reported, else None.

    Args:
        given: As `captioner_name`.
        stated: What the user says it is.
    """
    if stated is not None:
        return stated
    if given == EMBEDDED:
        return EMBEDDED_LICENCE
    if is_endpoint(given):
        return reported_licence(read_endpoint(given).model)
    return reported_licence(str(Path(given)))
