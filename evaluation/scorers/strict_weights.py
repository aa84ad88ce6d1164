"""A checkpoint into a network: every weight, no other one, each in its shape."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

_SHOWN = 3


def load_strictly(network: nn.Module, weights: object, path: Path, wanted: str) -> None:
    """Give a network the weights of a checkpoint.

    Args:
        network: Network, on the meta device or any other one. It takes the tensors themselves.
        weights: What the checkpoint holds, which should be tensors by their names.
        path: The checkpoint, for messages.
        wanted: What was expected, for messages.

    Raises:
        ValueError: If a weight is missing, unknown or of another shape.
    """
    expected = network.state_dict()
    wrong = _differences(expected, weights)
    if wrong:
        msg = f"{path}: expected the weights of {wanted}, got others: {'; '.join(wrong)}"
        raise ValueError(msg)
    given: Mapping[str, Tensor] = weights  # type: ignore[assignment]
    typed = {name: given[name].to(weight.dtype) for name, weight in expected.items()}
    network.load_state_dict(typed, assign=True)


def _differences(expected: Mapping[str, Tensor], weights: object) -> list[str]:
    if not isinstance(weights, Mapping):
        return [f"a {type(weights).__name__} where tensors by their names were expected"]
    shapes = [
        f"{name} is {_shape(weights[name])}, not {_shape(weight)}"
        for name, weight in expected.items()
        if name in weights and _shape(weights[name]) != _shape(weight)
    ]
    missing = [name for name in expected if name not in weights]
    unknown = [str(name) for name in weights if name not in expected]
    groups = {"missing": missing, "unknown": unknown, "of another shape": shapes}
    return [
        f"{len(found)} {kind} ({', '.join(found[:_SHOWN])}{', ...' * (len(found) > _SHOWN)})"
        for kind, found in groups.items()
        if found
    ]


def _shape(value: object) -> object:
    return tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
