"""Captions: what is asked of captioners, what is kept, and what captions say."""
