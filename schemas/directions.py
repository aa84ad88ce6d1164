"""Which way each metric is better: one place for the command line and for the report."""

LOWER, HIGHER = "↓", "↑"

BETTER: dict[str, str] = {
    "fd": LOWER,
    "fd_inf": LOWER,
    "kl_gen_ref": LOWER,
    "kl_ref_gen": LOWER,
    "is": HIGHER,
    "cl": HIGHER,
    "aes": HIGHER,
    "aes_ce": HIGHER,
    "aes_cu": HIGHER,
    "aes_pc": HIGHER,
    "aes_pq": HIGHER,
    "quality": HIGHER,
    "accuracy": HIGHER,
    "accuracy_answered": HIGHER,
    "accuracy_as_published": HIGHER,
    "accuracy_size_weighted": HIGHER,
    "accuracy_macro": HIGHER,
    "pass_at_1": HIGHER,
    "pass_at_10": HIGHER,
    "pass_at_100": HIGHER,
    "text_match_auc": HIGHER,
}
"""Metrics in the order in which tables show them."""
