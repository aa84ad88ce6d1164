"""Commands of `ualm evaluate` that need a file of their own."""
