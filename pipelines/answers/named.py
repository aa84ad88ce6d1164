"""The answerers that steps and commands can name, and what each of them cannot be asked."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from pipelines.answers.answerer import Answerer
from pipelines.answers.asking import Asking
from pipelines.remote.cache import ResponseCache
from pipelines.remote.endpoint import is_endpoint, read_endpoint
from schemas.lake import Lake

TRANSFORMERS, CHECKPOINT = "transformers:", "checkpoint:"
SPELLINGS = "checkpoint:DIR, transformers:DIR, openai:MODEL@BASE_URL"


def answerer_name(given: str) -> str:
    """Return the name of an answerer, for plans.

    Args:
        given: `checkpoint:DIR`, `transformers:DIR` (or a hub id, or a GGUF file), or
            `openai:MODEL@BASE_URL`.

    Raises:
        ValueError: If there is none such.
    """
    if is_endpoint(given):
        return read_endpoint(given).name
    kind, source = _spelled(given)
    if kind == CHECKPOINT:
        from pipelines.answers.ualm_model import loaded_ualm_model  # noqa: PLC0415 (torch: 2 s)

        return loaded_ualm_model(source, None, hears=False).name
    from pipelines.answers.local_checkpoint import local_checkpoint  # noqa: PLC0415

    return local_checkpoint(source).name


def refuse_unfit(given: str, asking: Asking, *, hears: bool) -> None:
    """Refuse what a model cannot do, before it is loaded.

    Args:
        given: As `answerer_name`.
        asking: How it is asked.
        hears: Whether there are sounds to hear.

    Raises:
        ValueError: If it cannot be asked in this way.
    """
    preset, local = asking.preset, given.startswith(TRANSFORMERS)
    if preset.form == "letters" and not (local and not _is_hearing(given)):
        msg = f"preset {preset.name} compares log-probabilities, which only causal language models "
        msg += f"of transformers: give here; ask {given} by another preset"
        raise ValueError(msg)
    if preset.prefill and not local:
        msg = (
            f"preset {preset.name} begins the model's answer, which only transformers: models let "
        )
        msg += f"us do; ask {given} by another preset"
        raise ValueError(msg)
    if asking.temperature and given.startswith(CHECKPOINT):
        msg = f"{given} answers greedily: leave out the --temperature"
        raise ValueError(msg)
    if hears and local and not _is_hearing(given):
        msg = f"{given} reads and does not hear: ask --without-audio, and the answers are marked "
        msg += "as blind"
        raise ValueError(msg)


@contextmanager
def opened_answerer(
    given: str, lake: Lake | None, cache: ResponseCache, *, hears: bool
) -> Iterator[Answerer]:
    """Give an answerer, loaded; a server's connections are closed afterwards.

    Args:
        given: As `answerer_name`.
        lake: Holds the codec that a checkpoint hears with.
        cache: Of the client of a server.
        hears: Whether there are sounds to hear.

    Raises:
        ValueError: If there is no such answerer.
    """
    if is_endpoint(given):
        from pipelines.answers.served_model import ServedModel  # noqa: PLC0415 (the client: 1 s)
        from pipelines.remote.client import RemoteModel  # noqa: PLC0415

        with closing(RemoteModel(read_endpoint(given), cache)) as model:
            yield ServedModel(model)
        return
    kind, source = _spelled(given)
    if kind == CHECKPOINT:
        from pipelines.answers.ualm_model import loaded_ualm_model  # noqa: PLC0415 (torch: 2 s)

        yield loaded_ualm_model(source, lake, hears=hears)
    elif _is_hearing(given):
        from pipelines.answers.hearing_model import loaded_hearing_model  # noqa: PLC0415

        yield loaded_hearing_model(source)
    else:
        from pipelines.answers.text_model import loaded_text_model  # noqa: PLC0415

        yield loaded_text_model(source)


def _spelled(given: str) -> tuple[str, str]:
    for kind in (TRANSFORMERS, CHECKPOINT):
        if given.startswith(kind) and given != kind:
            return kind, given.removeprefix(kind)
    msg = f"expected a model as {SPELLINGS}, got {given!r}"
    raise ValueError(msg)


def _is_hearing(given: str) -> bool:
    from pipelines.answers.local_checkpoint import local_checkpoint  # noqa: PLC0415
    from pipelines.captioners.transformers_captioner import CLASSES  # noqa: PLC0415 (torch: 4 s)

    return local_checkpoint(_spelled(given)[1]).kind in CLASSES
