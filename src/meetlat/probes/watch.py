# SPDX-License-Identifier: EUPL-1.2
"""Time-outs by the thousand: one timer of the event loop for all who wait, instead of one each.

A domain of the small lab costs 141 time-outs, nearly all of which never come. In the loop each is a timer to make, to put in its place
and to take out again; here it is a member of a set that is looked through a few times per second. What is late is told so up to a fifth
of a second later, which is nothing beside the seconds that a server gets.
"""

import asyncio
from types import TracebackType
from typing import Protocol, Self
from weakref import WeakKeyDictionary

LOOK_SECONDS = 0.2


class Watched(Protocol):
    """Who wants to be told when it is late: at ``until``, in the time of the loop."""

    until: float

    def late(self) -> None:
        """Do what must be done; it is watched no more, unless it asks for that again."""
        ...


class Watch:
    """Looks at all who wait in one event loop. When nobody waits it does not hold on to the loop, so that both can go."""

    def __init__(self) -> None:
        self._watched: set[Watched] = set()
        self._is_looking = False

    def __len__(self) -> int:
        """Return how many are watched."""
        return len(self._watched)

    def add(self, one: Watched) -> None:
        """Watch one more."""
        self._watched.add(one)
        if not self._is_looking:
            self._is_looking = True
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def discard(self, one: Watched) -> None:
        """Watch it no more."""
        self._watched.discard(one)

    def _look(self) -> None:
        """Tell who is late, and look again as long as anybody waits: also when telling one of them failed."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        try:
            for one in [one for one in self._watched if one.until <= now]:
                if one in self._watched:  # unless what was told to another has let it go
                    self._watched.discard(one)
                    one.late()
        finally:
            self._is_looking = bool(self._watched)
            if self._is_looking:
                loop.call_later(LOOK_SECONDS, self._look)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """Return the watch of the loop that runs."""
    loop = asyncio.get_running_loop()
    found = _watches.get(loop)
    if found is None:
        found = _watches[loop] = Watch()
    return found


class Within:
    """What ``asyncio.timeout`` is, on the watch: the block raises TimeoutError when it takes longer than so many seconds.

    ``until`` may be set anew meanwhile.
    """

    __slots__ = ("_cancelling", "_is_late", "_task", "_watch", "until")

    def __init__(self, seconds: float) -> None:
        self._watch = watch()
        self._is_late = False
        self.until = asyncio.get_running_loop().time() + seconds

    def __enter__(self) -> Self:
        """Begin to watch the task that is in the block."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time-out needs a task")
        self._task, self._cancelling = task, task.cancelling()
        self._watch.add(self)
        return self

    def late(self) -> None:
        """Cancel what goes on in the block."""
        self._is_late = True
        self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Turn our own cancelling into TimeoutError; that of others goes on, also when both came."""
        self._watch.discard(self)
        if self._is_late and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error
