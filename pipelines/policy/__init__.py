"""Policy: which rows may be used, by licence, quality and source; what it costs; and why."""
