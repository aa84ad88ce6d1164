"""Sounds that a checkpoint makes for contexts, and which of two is preferred."""
