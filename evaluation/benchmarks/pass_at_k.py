"""pass@k: how often one of k samples would pass, from n of which c passed."""

import math


def pass_at_k(n: int, c: int, k: int) -> float:
    """Estimate without bias how often at least one of k samples passes: 1 - C(n - c, k) / C(n, k).

    >>> pass_at_k(n=5, c=1, k=2)
    0.4

    Args:
        n: Samples drawn.
        c: Samples that passed.
        k: Samples that one may submit.

    Raises:
        ValueError: If not 0 <= c <= n and 1 <= k <= n.

    Source: Chen et al. 2021, arXiv:2107.03374, equation 1.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        msg = (
            f"expected 0 <= c <= n and 1 <= k <= n, got n={n}, c={c}, k={k}; "
            "draw at least k samples of each task"
        )
        raise ValueError(msg)
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)
