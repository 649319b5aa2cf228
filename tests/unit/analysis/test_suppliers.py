# SPDX-License-Identifier: EUPL-1.2
"""The file with names of suppliers is read whole, or not at all."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.analysis.suppliers import SupplierFault, SuppliersError, Wrong, read_suppliers

_GOOD = '[suppliers.postkade]\nname = "Postkade B.V."\ndomains = ["postkade.nl", "Postkade.EU."]\nnetworks = ["AS64500"]\n'


def _read(tmp_path, text: str):
    path = tmp_path / "suppliers.toml"
    path.write_text(text, encoding="utf-8")
    return read_suppliers(path)


def test_each_domain_and_network_leads_to_the_name(tmp_path):
    """However the domain was written."""
    assert _read(tmp_path, _GOOD) == dict.fromkeys(("postkade.nl", "postkade.eu", "AS64500"), "Postkade B.V.")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param("", [Wrong(SupplierFault.NO_SUPPLIERS)], id="empty"),
        pytest.param("suppliers = 3", [Wrong(SupplierFault.NO_SUPPLIERS)], id="no table"),
        pytest.param(
            "[suppliers.x]\nname = 3\nphone = 1",
            [
                Wrong(SupplierFault.NO_SUCH_FIELD, "x.phone"),
                Wrong(SupplierFault.NO_NAME, "x"),
                Wrong(SupplierFault.NOTHING_TO_KNOW_BY, "x"),
            ],
            id="everything wrong is told at once",
        ),
        pytest.param(
            '[suppliers.x]\nname = "X"\ndomains = ["geen domein"]\nnetworks = ["64500"]',
            [Wrong(SupplierFault.NOT_A_DOMAIN, "x: geen domein"), Wrong(SupplierFault.NOT_A_NETWORK, "x: 64500")],
            id="neither a domain nor an AS number",
        ),
        pytest.param(
            _GOOD + '[suppliers.y]\nname = "Y"\ndomains = ["postkade.nl"]\n',
            [Wrong(SupplierFault.NAMED_TWICE, "postkade.nl")],
            id="one domain of two suppliers",
        ),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, faults):
    """And nothing is read."""
    with pytest.raises(SuppliersError) as error:
        _read(tmp_path, text)
    assert list(error.value.faults) == faults


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[suppliers", None])
def test_what_cannot_be_read_is_a_fault(tmp_path, content):
    """No bytes that are text, no TOML, no file."""
    path = tmp_path / "suppliers.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SuppliersError) as error:
        read_suppliers(path)
    assert [wrong.fault for wrong in error.value.faults] == [SupplierFault.UNREADABLE]


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(tmp_path_factory, content):
    """It never raises anything else."""
    path = tmp_path_factory.mktemp("s") / "suppliers.toml"
    path.write_bytes(content)
    with suppress(SuppliersError):
        read_suppliers(path)
