"""The text models that steps can name."""

from collections.abc import Callable

from pipelines.text.embedded import EmbeddedRules
from pipelines.text.text_model import TextModel

EMBEDDED = "embedded:rules"
TEXT_MODELS: dict[str, Callable[[], TextModel]] = {EMBEDDED: EmbeddedRules}


def text_model(name: str) -> TextModel:
    """Return a text model by the name that steps and commands use.

    Raises:
        ValueError: If there is none of that name.

    Example:
        >>> text_model("embedded:rules").name
        'embedded:rules@2'
    """
    if name not in TEXT_MODELS:
        msg = f"expected a text model of {', '.join(TEXT_MODELS)}; got {name!r}"
        raise ValueError(msg)
    return TEXT_MODELS[name]()
