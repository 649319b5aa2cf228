# SPDX-License-Identifier: EUPL-1.2
"""The register of replies: one file, replies.jsonl, to which lines are added and of which none ever changes.

Each line is a reply or a decision, as JSON that people can read and compare. ``digest`` is the SHA-256 of the line before it and of what
this line says, so a line that was changed, left out or put in between shows. The file is replaced whole, under a lock: it is never
half-written, and of two who write at the same time one is refused.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from meetlat.model.target import Role
from meetlat.replies.faults import RegisterError, RegisterFault
from meetlat.replies.reply import Decision, Kind, Outcome, Reply, Source, Standing, Statement, standings
from meetlat.store.errors import MeasurementError
from meetlat.store.files import written_whole

FILE = "replies.jsonl"
_LOCK = "replies.lock"
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Register:
    """Everything that was said and decided, in the order in which it was."""

    replies: tuple[Reply, ...] = ()
    decisions: tuple[Decision, ...] = ()
    last_digest: str = ""

    def standings(self, day: date) -> tuple[Standing, ...]:
        """Say where each reply stands on a day."""
        return standings(self.replies, self.decisions, day)


def read_register(folder: Path) -> Register:
    """Read the register in a folder; every digest is checked. Raises RegisterError."""
    path = folder / FILE
    if not path.is_file():
        raise RegisterError(RegisterFault.NOT_THERE, path)
    try:
        lines = path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RegisterError(RegisterFault.DAMAGED, path, str(error)[:200]) from error
    return _read(lines, path)


def add_replies(folder: Path, replies: Iterable[Reply], known: Register) -> tuple[Reply, ...]:
    """Add replies, all or none; their ids are given out here. If the register is no longer ``known``, refuse."""
    with _locked(folder) as path:
        register = existing(folder)
        if register.last_digest != known.last_digest:
            raise RegisterError(RegisterFault.IN_USE, path)
        first = len(register.replies) + 1
        numbered = tuple(replace(reply, id=f"{reply.on.year}-{number:04d}") for number, reply in enumerate(replies, first))
        _append(path, register, [_reply_to_json(reply) for reply in numbered])
    return numbered


def add_decisions(folder: Path, decisions: Sequence[Decision]) -> None:
    """Add decisions, all or none. A rejection says why; a decision is not older than its reply."""
    with _locked(folder) as path:
        register = read_register(folder)
        of_id = {reply.id: reply for reply in register.replies}
        for decision in decisions:
            _refuse_wrong(decision, of_id, path)
        _append(path, register, [_decision_to_json(decision) for decision in decisions])


def existing(folder: Path) -> Register:
    """Read the register, or an empty one where there is none yet."""
    return read_register(folder) if (folder / FILE).exists() else Register()


def name_of_person(text: str, folder: Path) -> str:
    """Return who gives a reply or decides: a name or, better, a function. An e-mail address is refused: we keep no more than we need."""
    name = " ".join(text.split())
    if not name or "@" in name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise RegisterError(RegisterFault.BAD_NAME, folder, name[:80] if name.isprintable() else "")
    return name


def _refuse_wrong(decision: Decision, of_id: Mapping[str, Reply], path: Path) -> None:
    """Raise RegisterError when there is something wrong with a decision."""
    reply = of_id.get(decision.reply)
    if reply is None:
        raise RegisterError(RegisterFault.NO_SUCH_REPLY, path, decision.reply[:80])
    if decision.outcome is Outcome.REJECTED and not decision.reason.strip():
        raise RegisterError(RegisterFault.REASON_MISSING, path, reply.id)
    if decision.on < reply.on:
        raise RegisterError(RegisterFault.BEFORE_REPLY, path, f"{reply.id}: {reply.on}")


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Hold the register for ourselves; the system lets go of it when we end, however we do."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise RegisterError(RegisterFault.UNWRITABLE, folder, error.strerror or str(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder / FILE
    except BlockingIOError as error:
        raise RegisterError(RegisterFault.IN_USE, folder / FILE) from error
    finally:
        os.close(descriptor)


def _append(path: Path, register: Register, entries: Collection[dict[str, Any]]) -> None:
    """Write the file anew with lines added, in one step."""
    digest = register.last_digest
    lines = []
    for entry in entries:
        digest = _digest(digest, entry)
        lines.append(json.dumps({**entry, "digest": digest}, ensure_ascii=False))
    try:
        before = path.read_bytes() if path.exists() else b""
        with written_whole(path) as partial:
            partial.write_bytes(before + "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    except (OSError, MeasurementError) as error:
        raise RegisterError(RegisterFault.UNWRITABLE, path, str(error)[:200]) from error


def _read(lines: Iterable[str], path: Path) -> Register:
    """Read the lines, each held against its digest."""
    replies: list[Reply] = []
    decisions: list[Decision] = []
    digest = ""
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            stored = entry.pop("digest")
            digest = _digest(digest, entry)
            if stored != digest:
                raise RegisterError(RegisterFault.DAMAGED, path, f"{number}: digest")
            if entry["record"] == "reply":
                replies.append(_reply(entry))
            else:
                decisions.append(_decision(entry))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RegisterError(RegisterFault.DAMAGED, path, f"{number}: {type(error).__name__}") from error
    return Register(tuple(replies), tuple(decisions), digest)


def _digest(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the digest of a line after the one before it."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _reply_to_json(reply: Reply) -> dict[str, Any]:
    """Write a reply as one flat object; what is empty is left out."""
    says = reply.says
    fields = {
        "record": "reply",
        "id": reply.id,
        "on": reply.on.isoformat(),
        "by": reply.by,
        "organisation": says.organisation,
        "domain": says.domain,
        "roles": [role.value for role in says.roles],
        "standard": says.standard,
        "part": says.part,
        "norm": says.norm,
        "kind": says.kind.value,
        "text": says.text,
        "evidence": says.evidence,
        "whose": says.whose,
        "due": says.due.isoformat() if says.due else "",
        "bound_by": list(reply.bound_by),
        "measurement": reply.measurement,
        "file": reply.source.file,
        "sha256": reply.source.sha256,
        "row": reply.source.row,
    }
    return {name: value for name, value in fields.items() if value not in ("", [])}


def _reply(entry: Mapping[str, Any]) -> Reply:
    """Read a reply back."""
    due = entry.get("due")
    says = Statement(
        kind=Kind(entry["kind"]),
        organisation=entry["organisation"],
        domain=entry["domain"],
        roles=tuple(Role(role) for role in entry["roles"]),
        due=date.fromisoformat(due) if due else None,
        **{name: entry.get(name, "") for name in ("standard", "part", "norm", "text", "evidence", "whose")},
    )
    source = Source(entry["file"], entry["sha256"], entry["row"])
    on = date.fromisoformat(entry["on"])
    return Reply(entry["id"], on, entry["by"], entry["measurement"], source, says, tuple(entry.get("bound_by", ())))


def _decision_to_json(decision: Decision) -> dict[str, Any]:
    """Write a decision as one flat object."""
    fields = {
        "record": "decision",
        "reply": decision.reply,
        "on": decision.on.isoformat(),
        "by": decision.by,
        "outcome": decision.outcome.value,
        "reason": decision.reason,
    }
    return {name: value for name, value in fields.items() if value}


def _decision(entry: Mapping[str, Any]) -> Decision:
    """Read a decision back."""
    on = date.fromisoformat(entry["on"])
    return Decision(entry["reply"], on, entry["by"], Outcome(entry["outcome"]), entry.get("reason", ""))
