# SPDX-License-Identifier: EUPL-1.2
"""The mail servers of the lab: what each address on port 25 is, for the one program that plays them all."""

import json
import sys
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from lab import tls_contexts
from lab.pki import certificate_file
from lab.plan import MAIL, Plan, Program


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write mail.json: the host, behaviour and certificate behind every address."""
    addresses: dict[str, dict[str, str]] = {}
    for server in plan.mail:
        told = {
            "host": server.host,
            "behaviour": server.behaviour.value,
            "certificate": str(certificate_file(state, server.host, server.certificate)),
            "tls": server.tls.value,
        }
        for address in server.addresses:
            if addresses.setdefault(str(ip_address(address)), told) != told:
                raise ValueError(f"{address} belongs to {server.host} and to {addresses[str(ip_address(address))]['host']}")
    tls_contexts.write_configuration(state)
    (state / "mail.json").write_text(json.dumps({"addresses": addresses}), encoding="utf-8")


def programs(plan: Plan, state: Path) -> list[Program]:
    """Return the program that is every mail server, unless there are none."""
    if not plan.mail:
        return []
    command = (sys.executable, "-m", "lab.smtp_server", str(state / "mail.json"))
    return [Program("smtp", MAIL.name, command, tls_contexts.environment(state))]
