"""How any step is run: planned in waves, on worker processes or a cluster, and committed."""
