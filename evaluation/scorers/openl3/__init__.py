"""OpenL3 in PyTorch: resampling, windows, levels, network, and the scorer made of them."""

from evaluation.scorers.openl3.openl3 import ContentType, OpenL3

__all__ = ["ContentType", "OpenL3"]
