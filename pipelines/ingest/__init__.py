"""Ingest: what a source lists becomes recordings, clips, their sound and their texts."""
