"""Scorers and metrics: pure functions from arrays and tables to results."""
