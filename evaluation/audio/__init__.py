"""The flow over plain folders: clips, ears, cache, pairing, published sets and statistics."""
