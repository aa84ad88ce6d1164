"""Commands of the pipelines; each imports its step only when it runs."""
