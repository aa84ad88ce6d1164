"""Benchmarks of questions: their files, the rules that score answers, and what a score is worth."""
