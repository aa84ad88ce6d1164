"""TOML files that people write: read into a model, or told what is wrong with them and where."""

import difflib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

Form = TypeVar("Form", bound=BaseModel)


def read_toml(path: Path, form: type[Form], what: str) -> Form:
    """Read a TOML file.

    Args:
        path: The file.
        form: What it holds.
        what: The same in words, such as "a recipe".

    Raises:
        ValueError: If the file is missing, no TOML, or holds something else; all mistakes are told.
    """
    try:
        return form.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        msg = f"expected {what} at {path}: {error.strerror}"
        raise ValueError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: expected TOML: {error}"
        raise ValueError(msg) from error
    except ValidationError as error:
        msg = f"{path}: {mistakes(error, form)}"
        raise ValueError(msg) from error


def mistakes(error: ValidationError, form: type[BaseModel]) -> str:
    """Return what is wrong and where, all in one line.

    Args:
        error: What pydantic found.
        form: The model that refused: its keys are those that may have been meant.
    """
    return "; ".join(_complaint(one, form) for one in error.errors(include_url=False))


def _complaint(error: Any, form: type[BaseModel]) -> str:
    where = error["loc"]
    place = ".".join(map(str, where)) or "the file"
    if error["type"] == "extra_forbidden":
        return f"{place}: no such key{_meant(where, form)}"
    said = error["msg"].removeprefix("Value error, ")
    got = f", got {error['input']!r}" if isinstance(error["input"], str | int | float) else ""
    return f"{place}: {said}{got if 'got' not in said else ''}"


def _meant(where: Sequence[str | int], form: type[BaseModel]) -> str:
    """Return which key may have been meant, or which ones there are."""
    table = _table(where[:-1], form)
    if table is None:
        return ""
    known = list(table.model_fields)
    near = difflib.get_close_matches(str(where[-1]), known, 1)
    return f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"


def _table(where: Sequence[str | int], form: type[BaseModel]) -> type[BaseModel] | None:
    """Return the model of the table at a place, None if it is not plain."""
    found = form
    for name in (part for part in where if isinstance(part, str)):
        field = found.model_fields.get(name)
        models = [] if field is None else list(_models(field.annotation))
        if len(models) != 1:
            return None
        found = models[0]
    return found


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """Yield the models in an annotation such as `tuple[Rule, ...] | None`."""
    if isinstance(kind, type) and not get_args(kind) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models(inner)
