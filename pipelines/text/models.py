"""The text models that steps can name."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from pipelines.remote.cache import response_cache
from pipelines.remote.endpoint import is_endpoint, read_endpoint, round_of
from pipelines.text.embedded import EmbeddedRules
from pipelines.text.text_model import TextModel
from schemas.lake import Lake

EMBEDDED = "embedded:rules"
TEXT_MODELS: dict[str, Callable[[], TextModel]] = {EMBEDDED: EmbeddedRules}


def text_model_name(given: str) -> str:
    """Return the name of a text model, for plans, without opening it.

    Args:
        given: A key of `TEXT_MODELS`, or `openai:MODEL@BASE_URL`.

    Raises:
        ValueError: If there is none of that name.

    Example:
        >>> text_model_name("openai:qwen3-8b@http://localhost:8000/v1")
        'openai:qwen3-8b'
    """
    return read_endpoint(given).name if is_endpoint(given) else text_model(given).name


def text_model_parameters(given: str) -> dict[str, str | int]:
    """Return what a text model adds to a plan's parameters.

    Args:
        given: As `text_model_name`.

    Raises:
        ValueError: If there is none of that name.
    """
    return {"model": text_model_name(given), **round_of(given)}


def text_model(name: str) -> TextModel:
    """Return an embedded text model by the name that steps and commands use.

    Raises:
        ValueError: If there is none of that name.

    Example:
        >>> text_model("embedded:rules").name
        'embedded:rules@2'
    """
    if name not in TEXT_MODELS:
        known = ", ".join(TEXT_MODELS)
        msg = f"expected a text model of {known}, or openai:MODEL@BASE_URL; got {name!r}"
        raise ValueError(msg)
    return TEXT_MODELS[name]()


@contextmanager
def opened_text_model(given: str, lake: Lake, scope: str) -> Iterator[TextModel]:
    """Give a text model; a server's answers are kept in the lake.

    Args:
        given: As `text_model_name`.
        lake: The lake.
        scope: The slot of the task, under which its answers are found again.

    Raises:
        ValueError: If there is none of that name.
    """
    if not is_endpoint(given):
        yield text_model(given)
        return
    from pipelines.remote.client import RemoteModel  # noqa: PLC0415 (the client: 1 s)
    from pipelines.text.remote import RemoteTextModel  # noqa: PLC0415

    with (
        response_cache(lake, scope) as cache,
        closing(RemoteModel(read_endpoint(given), cache)) as model,
    ):
        yield RemoteTextModel(model)
