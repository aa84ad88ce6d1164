"""The entries that a corpus file may have: each step's options, and the steps that they give."""
