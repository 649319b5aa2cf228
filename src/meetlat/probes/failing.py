# SPDX-License-Identifier: EUPL-1.2
"""How a probe says that a need got no answer."""

import errno

from meetlat.model.evidence import Failure


class NoAnswerError(Exception):
    """The need got no answer; carries the failure from the closed list and what was seen."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure.value} {detail}".strip())
        self.failure = failure
        self.detail = detail[:300]


_REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED}
# EADDRNOTAVAIL: no port or address of ours is free. EPERM: a packet filter of ours.
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EPERM}


def from_connect_error(error: OSError) -> NoAnswerError:
    """Say what a failed connect means."""
    if error.errno in _OURS:
        return NoAnswerError(Failure.OUR_LIMIT, str(error))
    if error.errno in _REFUSED:
        return NoAnswerError(Failure.REFUSED, str(error))
    if error.errno == errno.ETIMEDOUT:
        return NoAnswerError(Failure.CONNECT_TIMEOUT, str(error))
    return NoAnswerError(Failure.UNREACHABLE, str(error))  # hosts and networks, in the many ways that ICMP says it
