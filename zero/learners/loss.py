"""The loss of a learner step, and what it says of a batch.

Of a position: cross-entropy of the policy with the search's distribution over the legal actions,
plus `value_weight` times that of win/draw/loss with the outcome (Silver et al. 2017, eq. 1, with a
win/draw/loss head for the squared error; weight decay sits in the optimizer).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

_CALIBRATION_BINS = 10

# What is said of a batch, in this order; zero/learners/learner.py's StepStats says what they mean.
FIGURES = (
    "loss",
    "policy_loss",
    "value_loss",
    "policy_entropy",
    "target_entropy",
    "value_accuracy",
    "value_calibration_error",
)


def loss_and_figures(
    answers: tuple[Tensor, Tensor], targets: Sequence[Tensor], value_weight: float
) -> tuple[Tensor, Tensor]:
    """Compare float32 logits of policy [B, A] and win/draw/loss [B, 3] with their targets.

    targets: policy [B, A], legal [B, A] (bool) and win/draw/loss [B, 3]. Returns the loss, a scalar
    with a gradient, and the FIGURES, a vector without one.
    """
    policy, wdl = answers
    policy_target, legal, wdl_target = targets
    log_policy = masked_log_softmax(policy, legal)
    log_wdl = functional.log_softmax(wdl, dim=1)
    policy_loss = -(policy_target * log_policy).sum(1).mean()
    value_loss = -(wdl_target * log_wdl).sum(1).mean()
    loss = policy_loss + value_weight * value_loss
    with torch.no_grad():
        right = log_wdl.argmax(1) == wdl_target.argmax(1)
        figures = (
            loss,
            policy_loss,
            value_loss,
            _entropy(log_policy.exp(), log_policy),
            _entropy(policy_target, torch.log(policy_target.clamp_min(1e-12))),
            right.float().mean(),
            _calibration_error(log_wdl.exp(), wdl_target),
        )
        return loss, torch.stack(figures)


def masked_log_softmax(logits: Tensor, legal: Tensor) -> Tensor:
    """Return log probabilities over the legal actions [B, A]; 0 at the others, which no loss sees.

    A large finite number masks, not infinity: an infinity times a target of 0 would be no number.
    """
    masked = logits.masked_fill(~legal, -1e30)
    return functional.log_softmax(masked, dim=1).masked_fill(~legal, 0.0)


def _entropy(probabilities: Tensor, logarithms: Tensor) -> Tensor:
    return -(probabilities * logarithms).sum(1).mean()


def _calibration_error(wdl: Tensor, target: Tensor) -> Tensor:
    """Return the mean distance of value and target over ten bins of value."""
    value, truth = wdl[:, 0] - wdl[:, 2], target[:, 0] - target[:, 2]
    bins = ((value + 1.0) * (_CALIBRATION_BINS / 2)).long().clamp(0, _CALIBRATION_BINS - 1)
    gaps = torch.zeros(_CALIBRATION_BINS, device=value.device).index_add_(0, bins, value - truth)
    return gaps.abs().sum() / value.shape[0]
