"""Many rows at a time, what is made of them in order; and how makers learn that nobody waits."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

logger = logging.getLogger(__name__)

_NEVER = threading.Event()
_thread = threading.local()


def stopped() -> threading.Event:
    """Return the event that is set once nobody waits for what this thread makes.

    Who makes it looks before each request, and waits by the event. In a thread that `in_order`
    did not start it is never set.
    """
    event: threading.Event = getattr(_thread, "stopped", _NEVER)
    return event


def in_order(
    make: Callable[[Given], Made], rows: Iterable[Given], workers: int, ahead: int = 2
) -> Iterator[Made]:
    """Yield what is made of each row, in their order, some of them at a time.

    When one fails, or the user interrupts, no further one is begun, and `stopped` tells those that
    are in work, which are waited for.

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
    event = threading.Event()
    pool = ThreadPoolExecutor(workers, initializer=setattr, initargs=(_thread, "stopped", event))
    waiting: deque[Future[Made]] = deque()
    try:
        for row in rows:
            waiting.append(pool.submit(make, row))
            if len(waiting) >= ahead * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except KeyboardInterrupt:
        logger.warning("stopping when what is in flight has ended; Ctrl-C again leaves at once")
        raise
    finally:
        event.set()
        pool.shutdown(cancel_futures=True)
