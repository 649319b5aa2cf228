# SPDX-License-Identifier: EUPL-1.2
"""Whether the place that is measured from has what measuring needs: a route to IPv6 is not yet IPv6."""

import asyncio
from collections.abc import Sequence

from meetlat.model.evidence import Need
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.prober import Prober
from meetlat.probes.resolver import Resolver

_MOST_ASKED = 4  # they stand in different networks: one that answers is enough


async def ipv6_works(probes: Prober) -> bool:
    """Whether a root server answers over IPv6. True as well when none has such an address, for then nothing is known against it."""
    if probes.resolver is None:
        return True
    addresses = await _of_root_servers(probes.resolver)
    seen = await asyncio.gather(*(probes.observe(Need("name_server", address, "")) for address in addresses))
    return not seen or any(one.answer is not None for one in seen)


async def _of_root_servers(resolver: Resolver) -> Sequence[str]:
    """Return IPv6 addresses of root servers, one of each."""
    names = await _records(resolver, "", "NS")
    found = await asyncio.gather(*(_records(resolver, name.removesuffix("."), "AAAA") for name in names[:_MOST_ASKED]))
    return [addresses[0] for addresses in found if addresses]


async def _records(resolver: Resolver, name: str, kind: str) -> Sequence[str]:
    """Return the records of one kind, sorted; none when there is no answer."""
    try:
        return (await resolver.ask(name, kind)).texts(kind)
    except NoAnswerError:
        return ()
