"""Codecs: sound to a few integers a frame, and back."""
