"""The optimiser: AdamW over the trainable parameters, its schedule, and its state as tensors."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from training.presets import Plan
from training.stages import Stage


def learning_rate(step: int, stage: Stage) -> float:
    """Return the learning rate of a step.

    It rises in a straight line over the warm-up; then it stays, or falls along a cosine to zero
    at the end.

    Args:
        step: Step, counted from 0.
        stage: Gives peak, schedule, warm-up and steps.

    Example:
        >>> from training.stages import STAGES
        >>> learning_rate(0, STAGES["alignment"]), learning_rate(25_000, STAGES["pretrain"])
        (0.0005, 0.0001)
    """
    if step < stage.warmup_steps:
        return stage.learning_rate * (step + 1) / stage.warmup_steps
    if stage.schedule == "constant":
        return stage.learning_rate
    done = (step - stage.warmup_steps) / max(stage.steps - stage.warmup_steps, 1)
    return stage.learning_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def freeze(model: nn.Module, trainable: tuple[str, ...]) -> dict[str, nn.Parameter]:
    """Let only the parameters train whose names start as given; return them.

    Raises:
        ValueError: If no parameter's name does.
    """
    chosen = {}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(trainable))
        if parameter.requires_grad:
            chosen[name] = parameter
    if not chosen:
        msg = f"expected parameters whose names start with {trainable}, got none"
        raise ValueError(msg)
    return chosen


class Optimiser:
    """AdamW with clipped gradients."""

    def __init__(self, model: nn.Module, plan: Plan) -> None:
        """Take hold of the stage's trainable parameters.

        Args:
            model: The model; its other parameters are frozen.
            plan: Gives schedule, betas, weight decay and clip.
        """
        self._plan = plan
        self._parameters = freeze(model, plan.stage.trainable)
        self._adam = torch.optim.AdamW(
            self._parameters.values(),
            lr=plan.stage.learning_rate,
            betas=plan.betas,
            weight_decay=plan.weight_decay,
        )

    def step(self, step: int) -> tuple[float, float]:
        """Apply the gradients and clear them.

        Returns:
            The learning rate and the gradients' norm before clipping.

        Raises:
            FloatingPointError: If the norm is not finite.
        """
        norm = float(nn.utils.clip_grad_norm_(self._parameters.values(), self._plan.clip))
        if not math.isfinite(norm):
            msg = f"expected a finite gradient norm at step {step + 1}, got {norm}; "
            msg += "resume with a lower learning rate"
            raise FloatingPointError(msg)
        rate = learning_rate(step, self._plan.stage)
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)
        return rate, norm

    def tensors(self) -> dict[str, Tensor]:
        """Return the state as tensors, named `<moment>/<parameter>`."""
        return {
            f"{moment}/{name}": value.detach().cpu().contiguous()
            for name, parameter in self._parameters.items()
            for moment, value in self._adam.state[parameter].items()
        }

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up the state of another optimiser over the same parameters.

        Raises:
            ValueError: If it holds other parameters.
        """
        for name, parameter in self._parameters.items():
            state = {
                key.split("/", 1)[0]: tensor
                for key, tensor in tensors.items()
                if key.split("/", 1)[1] == name
            }
            if not state or state["exp_avg"].shape != parameter.shape:
                msg = f"expected an optimiser state of shape {tuple(parameter.shape)} for {name}"
                raise ValueError(msg)
            self._adam.state[parameter] = {
                moment: tensor.to("cpu" if moment == "step" else parameter.device).clone()
                for moment, tensor in state.items()
            }
