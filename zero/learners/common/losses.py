"""Losses of a policy and of a win/draw/loss head, and statistics of a batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_CALIBRATION_BINS = 10


def masked_log_softmax(logits: Tensor, legal: Tensor) -> Tensor:
    """Return log probabilities over the legal actions [B, A]; 0 at the others, which no loss sees.

    A large finite number masks, not infinity: an infinity times a target of 0 would be no number.
    """
    masked = logits.masked_fill(~legal, -1e30)
    return functional.log_softmax(masked, dim=1).masked_fill(~legal, 0.0)


def entropy(probabilities: Tensor, logarithms: Tensor) -> Tensor:
    """Return the mean entropy of distributions [B, N], in nats."""
    return -(probabilities * logarithms).sum(1).mean()


def calibration_error(wdl: Tensor, target: Tensor) -> Tensor:
    """Return the mean distance of value and target over ten bins of value.

    wdl, target: probabilities of win, draw and loss [B, 3].
    """
    value, truth = wdl[:, 0] - wdl[:, 2], target[:, 0] - target[:, 2]
    bins = ((value + 1.0) * (_CALIBRATION_BINS / 2)).long().clamp(0, _CALIBRATION_BINS - 1)
    gaps = torch.zeros(_CALIBRATION_BINS, device=value.device).index_add_(0, bins, value - truth)
    return gaps.abs().sum() / value.shape[0]
