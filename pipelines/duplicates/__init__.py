"""Duplicates: sounds by hash and by fingerprint, captions by text, and who of them stays."""
