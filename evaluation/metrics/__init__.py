"""Metrics as pure functions: arrays in, a result with its n out."""
