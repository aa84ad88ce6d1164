"""Many rows at a time, what is made of them in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(
    make: Callable[[Given], Made], rows: Iterable[Given], workers: int, ahead: int = 2
) -> Iterator[Made]:
    """Yield what is made of each row, in their order, some of them at a time.

    When one fails, no further one is begun.

    Args:
        make: Called in a thread of its own, or here if there is one worker.
        rows: What it is called with.
        workers: How many at a time.
        ahead: Rows in work or finished for each worker: bounds memory, and keeps them busy.

    Example:
        >>> list(in_order(str, [3, 1, 2], workers=2))
        ['3', '1', '2']
    """
    if workers == 1:
        yield from map(make, rows)
        return
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[Made]] = deque()
    try:
        for row in rows:
            waiting.append(pool.submit(make, row))
            if len(waiting) >= ahead * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
