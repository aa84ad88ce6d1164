"""The store of official weights: what is known, where it lies, whether it is what it claims."""
