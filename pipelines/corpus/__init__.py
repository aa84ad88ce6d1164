"""A corpus as one file: the steps that it lists, with their options, in order."""
