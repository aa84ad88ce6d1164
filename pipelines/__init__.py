"""Beam steps from sources to Parquet tables."""
