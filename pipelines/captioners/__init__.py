"""Captioners: from a sound to sampled texts."""
