# SPDX-License-Identifier: EUPL-1.2
"""Notices when this process itself stood still: halted, or its machine asleep. Time lost in that way is nobody else's silence."""

import asyncio

_BEAT_SECONDS = 1.0
TOO_LONG_SECONDS = 3.0  # shorter than any of our time-outs


class Standstill:
    """Looks at the clock of the event loop every ``beat`` seconds; more than ``too_long`` seconds late is a standstill."""

    def __init__(self, too_long: float = TOO_LONG_SECONDS, beat: float = _BEAT_SECONDS) -> None:
        self._too_long, self._beat_seconds = too_long, beat
        self._loop = asyncio.get_running_loop()
        self._beat_at = self._loop.time()
        self._count = 0
        self._timer = self._loop.call_later(self._beat_seconds, self._beat)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def count(self) -> int:
        """Return how often it stood still so far, also when that is only coming to light now."""
        late = self._loop.time() - self._beat_at > self._beat_seconds + self._too_long
        return self._count + late

    def _beat(self) -> None:
        """Take note of the time, and of a gap in it."""
        self._count = self.count()
        self._beat_at = self._loop.time()
        self._timer = self._loop.call_later(self._beat_seconds, self._beat)
