"""Leaks: rows of the corpus that an evaluation set holds too."""
