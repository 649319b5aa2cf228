# SPDX-License-Identifier: EUPL-1.2
"""What must hold for the register: the entry of every standard, and every agreement; walks the files, keeps no list."""

import tomllib

import pytest

from meetlat.agreements.reading import REGISTER, AgreementFault, AgreementsError, read_agreements
from meetlat.model.agreement import PHASED_OUT, AgreementKind, Reading
from meetlat.model.norm import Obligation
from meetlat.model.registration import FIELDS, LANGUAGES, ListStatus
from meetlat.model.standard import Standard
from meetlat.standards.loading import standards

AGREEMENTS = sorted(REGISTER.glob("*.toml"))
each_registered = pytest.mark.parametrize("standard", standards().values(), ids=lambda standard: standard.id)
each_agreement = pytest.mark.parametrize("id_", [path.stem for path in AGREEMENTS])


@each_registered
def test_the_register_says_of_every_field_what_is_known(standard: Standard):
    """Also that it is unknown: no field is left out, and none is invented."""
    table = tomllib.loads((standard.folder / "standard.toml").read_text(encoding="utf-8"))["register"]
    assert set(table) == set(FIELDS)


@each_registered
def test_a_standard_that_is_not_measured_says_why(standard: Standard):
    """In both languages, and only then."""
    assert set(standard.not_measured) == (set() if standard.rules else set(LANGUAGES))
    assert standard.rules or not (standard.roles or standard.norms or standard.composites)


@each_registered
def test_what_is_claimed_of_a_list_or_law_can_be_looked_up(standard: Standard):
    """A status or a law comes with at least one link."""
    entry = standard.registration
    if entry.list_status is not None or entry.legal_basis:
        assert entry.links


def test_the_agreements_can_be_read():
    """Every file: the standards, roles, parts and norms that they name exist, dates are in order, and sources are there."""
    assert set(read_agreements(standards())) == {path.stem for path in AGREEMENTS}


def test_what_waits_has_still_something_to_wait_for():
    """An agreement on a standard that is not registered yet waits in a folder of its own; once it is, the file moves up."""
    waiting = REGISTER / "waiting"
    if not any(waiting.glob("*.toml")):
        return
    with pytest.raises(AgreementsError) as told:
        read_agreements(standards(), waiting)
    assert {wrong.fault for wrong in told.value.faults} == {AgreementFault.UNKNOWN_STANDARD}
    assert {wrong.file for wrong in told.value.faults} == {path.name for path in waiting.glob("*.toml")}, "move up what is missing here"


@each_agreement
def test_an_agreement_read_strictly_asks_something_that_can_be_phased_out(id_: str):
    """Otherwise the strict reading would say nothing."""
    agreement = read_agreements(standards())[id_]
    rules = [rule for ask in agreement.asks for rule in standards()[ask.standard].rules]
    assert agreement.reading is Reading.MUST or any(rule.endswith(PHASED_OUT) for rule in rules)


@each_registered
def test_what_is_phased_out_is_never_a_must(standard: Standard):
    """A rule that must be kept counts in every reading; a name with 'phased' in it is one of phase-out."""
    for norm in standard.norms:
        for rule, obligation in norm.rules.items():
            assert ("phased" in rule) == rule.endswith(PHASED_OUT), rule
            assert not rule.endswith(PHASED_OUT) or obligation is not Obligation.MUST, rule


@each_agreement
def test_a_list_obligation_is_of_a_standard_on_the_list(id_: str):
    """And since the same day."""
    agreement = read_agreements(standards())[id_]
    for ask in agreement.asks if agreement.kind is AgreementKind.PAS_TOE_OF_LEG_UIT else ():
        entry = standards()[ask.standard].registration
        assert (entry.list_status, entry.list_since) == (ListStatus.PAS_TOE_OF_LEG_UIT, agreement.in_force)


@each_agreement
def test_a_law_is_a_legal_basis_of_what_it_asks(id_: str):
    """The register of standards and that of agreements say the same."""
    agreement = read_agreements(standards())[id_]
    for ask in agreement.asks if agreement.kind is AgreementKind.LAW else ():
        assert standards()[ask.standard].registration.legal_basis


def test_at_least_two_standards_are_registered_without_being_measured():
    """A folder with only words is a full citizen."""
    assert sum(1 for standard in standards().values() if not standard.rules) >= 2
