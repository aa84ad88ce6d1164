"""The same over a lake: what its models answered, and what was heard of it."""
