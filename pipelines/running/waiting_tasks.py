"""The tasks that no worker has yet, in the order in which workers get them."""

from collections import deque
from collections.abc import Sequence
from threading import Lock

from pipelines.running.step import ShardTask


class WaitingTasks:
    """Tasks in the order of their plan; the largest first as soon as the plan has ended.

    Later shards are larger as a rule. Left for the end, the last of them would keep one worker
    busy while the others have nothing to do.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: deque[ShardTask] = deque()
        self._ended = False
        self._lock = Lock()

    def add(self, tasks: Sequence[ShardTask], *, last: bool = False) -> None:
        """Add tasks.

        Args:
            tasks: In the order of the plan.
            last: Whether the plan ends with them.
        """
        with self._lock:
            self._ended = self._ended or last
            self._tasks.extend(tasks)
            if self._ended:
                self._tasks = deque(sorted(self._tasks, key=_rows, reverse=True))

    def take(self) -> ShardTask | None:
        """Remove and return the next task, None if there is none."""
        with self._lock:
            return self._tasks.popleft() if self._tasks else None


def _rows(task: ShardTask) -> int:
    return task.limit or task.rows
