"""Readers of benchmark files in the layouts in which they are published."""
