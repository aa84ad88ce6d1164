"""Where recordings come from: each source lists its items and gives their sound."""
