# SPDX-License-Identifier: EUPL-1.2
"""What the dns probe makes of what a validating resolver says."""

import asyncio
import json

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.model.evidence import Failure, Need
from meetlat.probes import resolver as resolver_module
from meetlat.probes.dns import DnsProbe
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.resolver import Resolver
from tests.unit.probes.made_up_resolver import is_unchecked, resolving, said

AD, TC = dns.flags.AD, dns.flags.TC
SERVFAIL, NXDOMAIN, REFUSED = dns.rcode.SERVFAIL, dns.rcode.NXDOMAIN, dns.rcode.REFUSED
A = "a.test. 300 A 192.0.2.1"


async def told_by(answering, name="a.test", kind="A"):
    """Ask one question of a resolver that answers so; give the answer, or the failure."""
    async with resolving(answering) as resolver:
        try:
            return await DnsProbe(resolver).observe(Need("dns", name, kind))
        except NoAnswerError as error:
            return error


ANSWERS = {
    "secure": (lambda q, _: said(q, A, flags=AD), "NOERROR", "secure", [("a.test", "A", 300, "192.0.2.1")]),
    "insecure": (lambda q, _: said(q, A), "NOERROR", "insecure", [("a.test", "A", 300, "192.0.2.1")]),
    "no data, secure": (lambda q, _: said(q, flags=AD), "NOERROR", "secure", []),
    "no such name, secure": (lambda q, _: said(q, rcode=NXDOMAIN, flags=AD), "NXDOMAIN", "secure", []),
    "no such name": (lambda q, _: said(q, rcode=NXDOMAIN), "NXDOMAIN", "insecure", []),
    "without its signatures": (
        lambda q, _: said(q, A, "a.test. 300 RRSIG A 8 2 300 20300101000000 20200101000000 1 test. AAAA", flags=AD),
        "NOERROR",
        "secure",
        [("a.test", "A", 300, "192.0.2.1")],
    ),
    "records in one order": (
        lambda q, _: said(q, "a.test. 9 A 192.0.2.9", "a.test. 9 A 192.0.2.1", "A.TEST. 9 A 192.0.2.5"),
        "NOERROR",
        "insecure",
        [("a.test", "A", 9, f"192.0.2.{last}") for last in (1, 5, 9)],
    ),
    "a chain of aliases": (
        lambda q, _: said(q, "a.test. 9 CNAME B.Test.", "b.test. 9 CNAME c.test.", "c.test. 9 A 192.0.2.1"),
        "NOERROR",
        "insecure",
        [("a.test", "CNAME", 9, "b.test"), ("b.test", "CNAME", 9, "c.test"), ("c.test", "A", 9, "192.0.2.1")],
    ),
    "a null MX": (lambda q, _: said(q, "a.test. 9 MX 0 ."), "NOERROR", "insecure", [("a.test", "MX", 9, "0 .")]),
    "an MX in capitals": (lambda q, _: said(q, "a.test. 9 MX 10 MX.A.test."), "NOERROR", "insecure", [("a.test", "MX", 9, "10 mx.a.test")]),
    "escapes in a name": (
        lambda q, _: said(q, r"a.test. 9 MX 10 m\032x\".a\..", r"w\.x.test. 9 NS dot\.."),
        "NOERROR",
        "insecure",
        [("a.test", "MX", 9, r"10 m\032x\".a\."), (r"w\.x.test", "NS", 9, r"dot\.")],
    ),
    "TXT in several strings": (
        lambda q, _: said(q, 'a.test. 9 TXT "v=spf1 " "-all" ""'),
        "NOERROR",
        "insecure",
        [("a.test", "TXT", 9, "v=spf1 -all")],
    ),
    "TXT with strange bytes": (
        lambda q, _: said(q, r'a.test. 9 TXT "\233\000\"\\ Ab."'),
        "NOERROR",
        "insecure",
        [("a.test", "TXT", 9, '\\xe9\x00"\\ Ab.')],
    ),
    "CAA as it was written": (
        lambda q, _: said(q, 'a.test. 9 CAA 0 Issue "Ca.test. ; x=1"'),
        "NOERROR",
        "insecure",
        [("a.test", "CAA", 9, '0 Issue "Ca.test. ; x=1"')],
    ),
    "a start of authority": (
        lambda q, _: said(q, "a.test. 9 SOA Ns.test. host.Ns.test. 1 2 3 4 5"),
        "NOERROR",
        "insecure",
        [("a.test", "SOA", 9, "ns.test host.ns.test 1 2 3 4 5")],
    ),
    "truncated, then whole over TCP": (
        lambda q, way: said(q, A, most=65_535 if way == "tcp" else 30),
        "NOERROR",
        "insecure",
        [("a.test", "A", 300, "192.0.2.1")],
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_the_resolver_says(case, on_loop):
    """Code, security and records as they were given, in a fixed order; all of it survives JSON."""
    answering, rcode, security, records = ANSWERS[case]
    answer = on_loop(told_by(answering))
    assert (answer["rcode"], answer["security"], answer["records"]) == (rcode, security, records)
    assert json.loads(json.dumps(answer, allow_nan=False))["rcode"] == rcode


def test_two_hundred_records(run):
    """A name with many records shows them all, so that none of them seems to be absent."""
    records = [f"a.test. 9 TXT {number:03}" for number in range(200)]
    answer = run(told_by(lambda q, _: said(q, *records)))
    assert [data for *_, data in answer["records"]] == [f"{number:03}" for number in range(200)]


def test_bogus(on_loop):
    """SERVFAIL with data behind it when checking is off: bogus, with the reason, and worth a second look."""
    answer = on_loop(told_by(lambda q, _: said(q, A) if is_unchecked(q) else said(q, rcode=SERVFAIL, ede=(7, "signature expired"))))
    assert (answer["rcode"], answer["security"], answer["complete"]) == ("NOERROR", "bogus", False)
    assert answer["ede"] == [(7, "signature expired")]
    assert answer["records"] == [("a.test", "A", 300, "192.0.2.1")]


def test_a_bogus_denial(on_loop):
    """A denial that does not validate is bogus too, and still a denial."""
    answer = on_loop(told_by(lambda q, _: said(q, rcode=NXDOMAIN) if is_unchecked(q) else said(q, rcode=SERVFAIL)))
    assert (answer["rcode"], answer["security"]) == ("NXDOMAIN", "bogus")


def _other_question(question, _way):
    """Answer a question that was not asked."""
    other = dns.message.make_query("b.test.", "A")
    other.id = dns.message.from_wire(question).id
    return said(other.to_wire(), "b.test. 9 A 192.0.2.1")


def _bad_option(question, _way):
    """Answer with an extended error whose text is no UTF-8."""
    answer = dns.message.make_response(dns.message.from_wire(question))
    answer.use_edns(0, payload=4096, options=[dns.edns.GenericOption(dns.edns.OptionType.EDE, b"\x00\x07\xff\xfe")])
    return answer.to_wire()


FAILURES = {
    "SERVFAIL whatever is asked": (lambda q, _: said(q, rcode=SERVFAIL, ede=(22, "lame")), Failure.SERVFAIL),
    "a resolver that refuses us": (lambda q, _: said(q, rcode=REFUSED), Failure.RESOLVER_DOWN),
    "a resolver that does not understand us": (lambda q, _: said(q, rcode=dns.rcode.FORMERR), Failure.RESOLVER_DOWN),
    "silence": (lambda _q, _: None, Failure.DNS_TIMEOUT),
    "an answer to another question": (_other_question, Failure.MALFORMED),
    "our own question": (lambda q, _: q, Failure.MALFORMED),
    "only the id": (lambda q, _: q[:2], Failure.DNS_TIMEOUT),
    "an empty datagram": (lambda _q, _: b"", Failure.DNS_TIMEOUT),
    "another id": (lambda q, _: bytes([q[0] ^ 1]) + said(q, A)[1:], Failure.DNS_TIMEOUT),
    "half an answer": (lambda q, _: said(q, A)[:-3], Failure.MALFORMED),
    "an option that is no text": (_bad_option, Failure.MALFORMED),
    "truncated, and silent over TCP": (lambda q, way: said(q, flags=TC) if way == "udp" else None, Failure.DNS_TIMEOUT),
    "truncated, and nothing over TCP": (lambda q, way: said(q, flags=TC) if way == "udp" else b"", Failure.MALFORMED),
}


@pytest.mark.parametrize("case", FAILURES)
def test_no_answer(case, on_loop, monkeypatch):
    """Every way of not answering has its name; those of the resolver itself are ours."""
    answering, expected = FAILURES[case]
    if expected is Failure.DNS_TIMEOUT:
        monkeypatch.setattr(resolver_module, "_DEADLINE_SECONDS", 0.08)
    assert on_loop(told_by(answering)).failure is expected


def test_a_question_is_not_sent_again_after_its_deadline(on_loop, monkeypatch):
    """Who waits shorter than until the second sending is told so without one."""
    monkeypatch.setattr(resolver_module, "_DEADLINE_SECONDS", 0.05)
    heard = []
    assert on_loop(told_by(lambda question, _way: heard.append(question))).failure is Failure.DNS_TIMEOUT
    assert len(heard) == 1


def test_the_reason_of_a_servfail_is_kept(run):
    """The extended error says why, so that a reader can tell whose doing it is."""
    assert "22 no server answers" in run(told_by(lambda q, _: said(q, rcode=SERVFAIL, ede=(22, "no server answers")))).detail


@pytest.mark.parametrize("name", ["a..test", "." * 3, "a" * 64 + ".test", "a." * 140 + "test", "é" * 70 + ".test", r"\999.test"])
def test_a_name_that_is_none(name, run):
    """What cannot be asked is not asked, and is nobody's failure."""
    assert run(told_by(lambda q, _: said(q), name)).failure is Failure.NOT_ASKED


def test_nobody_listens(on_loop):
    """A resolver that is gone is our failure, for everybody who waits, at once."""

    async def work():
        async with resolving(lambda _q, _: None) as gone:
            port = gone.port
        await asyncio.sleep(0.02)
        resolver = Resolver("127.0.0.1", port)
        await resolver.open()
        try:
            asking = [DnsProbe(resolver).observe(Need("dns", f"{number}.test", "A")) for number in range(40)]
            return {error.failure for error in await asyncio.gather(*asking, return_exceptions=True)}
        finally:
            resolver.close()

    assert on_loop(work()) == {Failure.RESOLVER_DOWN}


def test_a_resolver_that_is_closed_while_we_wait(on_loop):
    """Whoever waits is told at once, and whoever comes later too."""

    async def work():
        async with resolving(lambda _q, _: None) as resolver:
            asking = asyncio.create_task(DnsProbe(resolver).observe(Need("dns", "a.test", "A")))
            await asyncio.sleep(0.02)
            resolver.close()
            later = DnsProbe(resolver).observe(Need("dns", "b.test", "A"))
            return [error.failure for error in await asyncio.gather(asking, later, return_exceptions=True)]

    assert on_loop(work()) == [Failure.RESOLVER_DOWN, Failure.RESOLVER_DOWN]


def test_many_questions_at_once(on_loop):
    """Each of many questions in flight gets its own answer, and none is left waiting."""

    async def work():
        async with resolving(lambda q, _: said(q, f"{dns.message.from_wire(q).question[0].name} 9 TXT x")) as resolver:
            names = [f"n{number}.test" for number in range(100)]
            answers = await asyncio.gather(*(DnsProbe(resolver).observe(Need("dns", name, "TXT")) for name in names))
            left = sum(len(one.waiting) for one in resolver._sockets)  # noqa: SLF001 - a leak shows nowhere else
            return [answer["records"][0][0] for answer in answers] == names, left

    assert on_loop(work()) == (True, 0)


async def _in_turn(queue, order, name, *, first):
    """Note when it is our turn, and take a moment."""
    resolver_module.goes_first.set(first)
    async with queue:
        order.append(name)
        await asyncio.sleep(0)


def test_who_goes_first(run):
    """Two at once: those who go first before the others, the last of them first; who is cancelled keeps nobody waiting."""

    async def work():
        queue, order = resolver_module._Queue(2), []  # noqa: SLF001 - a queue can only be seen from within
        asking = {"a": False, "b": False, "c": False, "d": True, "e": False, "f": True, "g": True}
        tasks = {name: asyncio.create_task(_in_turn(queue, order, name, first=first)) for name, first in asking.items()}
        await asyncio.sleep(0)
        tasks["f"].cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        again = asyncio.create_task(_in_turn(queue, order, "later", first=False))
        await again
        return "".join(order)

    assert run(work()) == "abgdcelater"


def test_cancelled_at_the_moment_of_getting_a_place(run):
    """The place goes to the next, and none is lost."""

    async def work():
        queue, order = resolver_module._Queue(1), []  # noqa: SLF001 - idem
        await queue.__aenter__()
        unlucky = asyncio.create_task(_in_turn(queue, order, "unlucky", first=True))
        next_one = asyncio.create_task(_in_turn(queue, order, "next", first=False))
        await asyncio.sleep(0)
        await queue.__aexit__()
        unlucky.cancel()
        await asyncio.gather(unlucky, next_one, return_exceptions=True)
        await asyncio.wait_for(_in_turn(queue, order, "last", first=False), 1)
        return order

    assert run(work()) == ["next", "last"]


def test_a_datagram_that_was_lost(on_loop, monkeypatch):
    """A question that got no answer is sent once more before it counts as silence."""
    monkeypatch.setattr(resolver_module, "_AGAIN_SECONDS", 0.05)
    heard = []

    def answering(question, _way):
        heard.append(question)
        return said(question, A) if len(heard) == 2 else None

    assert on_loop(told_by(answering))["records"]
    assert heard[0] == heard[1]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 60), st.booleans())
def test_random_bytes_are_never_a_crash(noise, keep, truncate):
    """Whatever a resolver sends, the probe answers or says why not."""
    valid = said(
        dns.message.make_query("a.test.", "A", want_dnssec=True).to_wire(), A, 'a.test. 1 TXT "x"', "a.test. 1 MX 1 b.test.", ede=(7, "x")
    )
    rest = valid[2:keep] + noise
    data = bytes([rest[0] & ~2 if not truncate else rest[0] | 2]) + rest[1:] if rest else rest

    class Canned(Resolver):
        """Gives the same bytes to every question, with the right id."""

        async def _exchange(self, query):
            """Put the id in front."""
            return query.id.to_bytes(2, "big") + data

    async def work():
        try:
            return await DnsProbe(Canned("127.0.0.1", 1)).observe(Need("dns", "a.test", "A"))
        except NoAnswerError:
            return {}

    json.dumps(asyncio.run(work()), allow_nan=False)
