# SPDX-License-Identifier: EUPL-1.2
"""Sessions that the probes for pages and mail made a moment ago, so that the TLS probe need not make the same again."""

from meetlat.probes.tls.hello import TLS13
from meetlat.probes.tls.session import Session

_MOST = 4_096  # one that nobody comes for (of a host that was only redirected to) leaves when so many came after it


class MadeSessions:
    """Sessions of TLS 1.3 by address, port and name, each given out once.

    Only what tells all that a session of the TLS probe would have told is kept: a ticket was read, so that early data is known about, and
    the server's proof of its key is there. A session of a lower version is needed itself, to negotiate again on.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, str], Session] = {}

    def keep(self, address: str, port: int, name: str, session: Session) -> None:
        """Keep a session over which an answer was received, when it tells enough."""
        if session.version != TLS13 or session.max_early_data is None or session.proof is None:
            return
        if len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[address, port, name] = session

    def take(self, address: str, port: int, name: str) -> Session | None:
        """Return the session that was made last, or None; it is not given again."""
        return self._kept.pop((address, port, name), None)
