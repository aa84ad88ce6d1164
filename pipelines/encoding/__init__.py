"""Sound to the tokens of a codec."""
