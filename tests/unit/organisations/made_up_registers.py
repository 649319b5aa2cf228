# SPDX-License-Identifier: EUPL-1.2
"""Made-up exports of the registers, in the shape of the real ones; nothing in them exists."""

from pathlib import Path
from xml.sax.saxutils import escape

ROO_SCHEMA = "https://organisaties.overheid.nl/static/schema/oo/export/2.6.3"
RIO_SCHEMA = "https://organisaties.overheid.nl/static/schema/oo/export/0.0.3"
TOOI = "https://identifier.example/tooi/id/"

MINISTRY, AGENCY, UNIT = TOOI + "ministerie/mnre1", TOOI + "oorg/oorg1", TOOI + "oorg/oorg2"
DUINRADE, HEIDERIJK, VEENWAARD = TOOI + "gemeente/gm1", TOOI + "gemeente/gm2", TOOI + "waterschap/ws1"


def organisation(id_: str, roo_id: str, name: str, type_: str, inside: str = "") -> str:
    """Write an organisation; ``inside`` is what else stands in it."""
    ids = "".join(f' p:{key}="{value}"' for key, value in (("systeemId", roo_id), ("resourceIdentifierTOOI", id_)) if value)
    types = f"<p:types><p:type>{escape(type_)}</p:type></p:types>" if type_ else "<p:types/>"
    return f"<p:organisatie{ids}><p:naam>{escape(name)}</p:naam>{types}{inside}</p:organisatie>\n"


def nested(*organisations: str) -> str:
    """Put organisations in another one."""
    return f"<p:organisaties>{''.join(organisations)}</p:organisaties>"


def roo(organisations: str, regelingen: str = "", *, schema: str = ROO_SCHEMA, stamp: str = "2026-09-01T00:45:10") -> str:
    """Write an export of the organisation register."""
    of_regelingen = f"<p:gemeenschappelijkeRegelingen>{regelingen}</p:gemeenschappelijkeRegelingen>" if regelingen else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<p:overheidsorganisaties xmlns:p="{schema}" p:timestamp="{stamp}">\n'
        f"<p:organisaties>\n{organisations}</p:organisaties>{of_regelingen}</p:overheidsorganisaties>"
    )


def host(address: str, purpose: str = "Website", inside: str = "", number: int = 1) -> str:
    """Write a host."""
    return (
        f'<p:domein p:systeemId="{number}"><p:url>{escape(address)}</p:url><p:gebruiksdoel>{purpose}</p:gebruiksdoel>{inside}</p:domein>\n'
    )


def registration(name: str, purpose: str = "Website", inside: str = "") -> str:
    """Write the registration of a name."""
    fields = f"<p:naam>{escape(name)}</p:naam><p:doel>{purpose}</p:doel>{inside}"
    return f'<p:domeinnaamregistratie p:systeemId="9">{fields}</p:domeinnaamregistratie>\n'


def domains(hosts: str = "", registrations: str = "") -> str:
    """Write the names of an organisation."""
    return f"<p:domeinnaamregistraties>{registrations}</p:domeinnaamregistraties><p:domeinen>{hosts}</p:domeinen>"


def rio(organisations: str, *, schema: str = RIO_SCHEMA, stamp: str = "2026-09-01T00:45:00") -> str:
    """Write an export of the domain register."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<p:RegisterInternetdomeinenOverheid xmlns:p="{schema}" p:timestamp="{stamp}">\n'
        f"{organisations}</p:RegisterInternetdomeinenOverheid>"
    )


def written(path: Path, content: str) -> Path:
    """Write a file."""
    path.write_text(content, encoding="utf-8")
    return path


RELATION = f'<p:relatieMetMinisterie p:resourceIdentifierTOOI="{MINISTRY}">Duinen en Kust</p:relatieMetMinisterie>'
REGELING = (
    '<p:regeling p:systeemId="70"><p:titel>Regeling Regio Wad</p:titel><p:citeertitel>Regio Wad</p:citeertitel>'
    '<p:samenwerkingsvorm p:afkorting="OL">Openbaar lichaam</p:samenwerkingsvorm>'
    f'<p:deelnemendeOrganisaties><p:organisatie p:systeemId="21" p:resourceIdentifierTOOI="{DUINRADE}"/></p:deelnemendeOrganisaties>'
    "<p:datumInwerkingtreding>2015-01-01</p:datumInwerkingtreding></p:regeling>"
)
MINISTRY_XML = organisation(
    MINISTRY,
    "1",
    "Ministerie van Duinen en Kust",
    "Ministerie",
    "<p:afkorting>DenK</p:afkorting>" + nested(organisation(UNIT, "3", "Directie Zand", "Organisatieonderdeel")),
)
AGENCY_XML = organisation(AGENCY, "2", "Dienst Zandbanken", "Agentschap", RELATION)
DUINRADE_XML = organisation(DUINRADE, "21", "Gemeente Duinrade", "Gemeente", "<p:startDatum>1998-01-01</p:startDatum>")
HEIDERIJK_XML = organisation(HEIDERIJK, "22", "Gemeente Heiderijk", "Gemeente")
ROO_XML = roo(MINISTRY_XML + AGENCY_XML + DUINRADE_XML + HEIDERIJK_XML, REGELING)
RIO_XML = rio(
    organisation(
        DUINRADE,
        "21",
        "Duinrade",
        "Gemeente",
        domains(
            host("https://WWW.Duinrade.nl:443/pad?x=1")
            + host("duinrade.nl.", "E-mail")
            + host("oud.duinrade.nl", "Website", "<p:opgezegdSinds>2020-01-01</p:opgezegdSinds>")
            + host("javascript:alert(1)")
            + host("leeg.duinrade.nl", "Onbekend"),
            registration("duinrade.nl", "Website") + registration("duin-reserve.nl", "Reservering"),
        ),
    )
    + organisation(AGENCY, "2", "Dienst Zandbanken", "Agentschap", domains(host("zandbänken.nl")))
)
