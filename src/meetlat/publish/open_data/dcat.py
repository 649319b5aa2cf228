# SPDX-License-Identifier: EUPL-1.2
"""The dataset described as DCAT-AP-NL 3.0 asks (Geonovum, https://docs.geostandaarden.nl/dcat/dcat-ap-nl30/), as Turtle and as JSON-LD.

Every node has a name of its own, so that the same input gives the same bytes. What is not known is left out: nothing is made up.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, SKOS, XSD, Graph, Literal, Namespace, URIRef

from meetlat.publish.open_data.dictionary import GROUP_FILE, LANGUAGES, open_data_texts
from meetlat.publish.open_data.rows import Source
from meetlat.publish.open_data.table_files import WrittenFile, WrittenTable

TURTLE, JSON_LD = "dcat.ttl", "dcat.jsonld"
LICENCE = "http://creativecommons.org/publicdomain/zero/1.0/deed.nl"  # as the examples of DCAT-AP-NL write it
PAGE = {"nl": "index.html", "en": "index.en.html"}
# Of the EU list of frequencies, those that measurements can have.
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "ANNUAL_3", "ANNUAL_2", "ANNUAL", "IRREG")

_SPDX = Namespace("http://spdx.org/rdf/terms#")
_VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
_ADMS = Namespace("http://www.w3.org/ns/adms#")
_EU = Namespace("http://publications.europa.eu/resource/authority/")
_IANA = Namespace("https://www.iana.org/assignments/media-types/")
_VERSION = URIRef("http://www.w3.org/ns/dcat#version")  # of DCAT 3; the library knows DCAT 2
_RDFS_LABEL = URIRef("http://www.w3.org/2000/01/rdf-schema#label")
_PROFILE = URIRef("https://docs.geostandaarden.nl/dcat/dcat-ap-nl30/")
_CSV_ON_THE_WEB = URIRef("https://www.w3.org/TR/tabular-metadata/")
_FORMS: Mapping[str, tuple[str, str]] = {"Parquet": ("application/vnd.apache.parquet", "PARQUET"), "CSV": ("text/csv", "CSV")}
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]+")
_MAIL_ADDRESS = re.compile(r"[^\s@<>\"{}|\\^`]+@[^\s@<>\"{}|\\^`]+\.[^\s@<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, where, and whom to ask: what DCAT-AP-NL asks and no measurement knows. ``contact`` is a web or e-mail address."""

    name: str
    uri: str
    base_uri: str
    contact: str
    frequency: str = ""


def is_web_address(text: str) -> bool:
    """Whether a text can stand as the name of a thing in RDF."""
    return _WEB_ADDRESS.fullmatch(text) is not None


def is_contact(text: str) -> bool:
    """Whether a text is a web address or an e-mail address."""
    return is_web_address(text) or _MAIL_ADDRESS.fullmatch(text) is not None


def write_dcat(folder: Path, source: Source, tables: Sequence[WrittenTable], publisher: Publisher) -> None:
    """Write both files."""
    graph = dcat_graph(source, tables, publisher)
    (folder / TURTLE).write_text(graph.serialize(format="turtle"), encoding="utf-8", newline="\n")
    (folder / JSON_LD).write_text(_json_ld(graph), encoding="utf-8", newline="\n")


def dcat_graph(source: Source, tables: Sequence[WrittenTable], publisher: Publisher) -> Graph:
    """Describe catalogue, dataset and every file of it."""
    described = _Described(source, publisher)
    described.add_catalogue()
    described.add_dataset()
    for table in tables:
        for form, file in (("Parquet", table.parquet), ("CSV", table.csv)):
            described.add_distribution(table, form, file)
    return described.graph


class _Described:
    """The description in the making."""

    def __init__(self, source: Source, publisher: Publisher) -> None:
        self._source, self._publisher = source, publisher
        self.graph = Graph()
        for prefix, namespace in {"dct": DCTERMS, "spdx": _SPDX, "vcard": _VCARD, "adms": _ADMS, "eu": _EU}.items():
            self.graph.bind(prefix, namespace)
        self._dataset = self._here("#dataset")
        self._agent = URIRef(publisher.uri)
        self._contact = self._here("#contact")
        self._add_shared()

    def add_catalogue(self) -> None:
        """Describe the catalogue, and the record of the dataset in it, which says by which profile it is described."""
        catalogue, record = self._here("#catalog"), self._here("#record")
        self._add(catalogue, RDF.type, DCAT.Catalog)
        self._words(catalogue, DCTERMS.title, (open_data_texts(language)["dcat"]["catalog_title"] for language in LANGUAGES))
        self._words(catalogue, DCTERMS.description, (open_data_texts(language)["dcat"]["catalog_description"] for language in LANGUAGES))
        self._responsible(catalogue)
        self._add(catalogue, DCTERMS.license, URIRef(LICENCE))
        self._add(catalogue, DCAT.dataset, self._dataset)
        self._add(catalogue, DCAT.record, record)
        self._languages(catalogue)
        self._add(record, RDF.type, DCAT.CatalogRecord)
        self._add(record, FOAF.primaryTopic, self._dataset)
        self._add(record, DCTERMS.conformsTo, _PROFILE)
        self._add(record, DCTERMS.modified, self._sealed())
        self._languages(record)

    def add_dataset(self) -> None:
        """Describe the dataset as a whole."""
        dataset, last, ids = self._dataset, self._source.last, [one.manifest.id for one in self._source.measurements]
        self._add(dataset, RDF.type, DCAT.Dataset)
        self._words(dataset, DCTERMS.title, (open_data_texts(language)["page"]["title"] for language in LANGUAGES))
        self._words(dataset, DCTERMS.description, (open_data_texts(language)["page"]["description"] for language in LANGUAGES))
        self._responsible(dataset)
        self._add(dataset, DCTERMS.identifier, Literal(str(dataset)))
        self._add(dataset, DCTERMS.accessRights, _EU["access-right/PUBLIC"])
        self._add(dataset, DCAT.theme, _EU["data-theme/GOVE"])
        self._add(dataset, DCTERMS.spatial, _EU["country/NLD"])
        self._add(dataset, DCTERMS.conformsTo, _CSV_ON_THE_WEB)
        self._add(dataset, DCTERMS.modified, self._sealed())
        self._add(dataset, _VERSION, Literal(", ".join(ids)))
        self._languages(dataset)
        for language in LANGUAGES:
            words = open_data_texts(language)["dcat"]
            self._add(dataset, DCAT.landingPage, self._here(PAGE[language]))
            self._add(dataset, FOAF.page, self._here(PAGE[language]))
            for keyword in words["keywords"]:
                self._add(dataset, DCAT.keyword, Literal(keyword, language))
            norms = ", ".join(f"{key} {version}" for key, version in sorted(last.run.norms.items()))
            self._add(dataset, _ADMS.versionNotes, Literal(words["version_notes"].format(norms=norms), language))
            told = words["provenance"].format(version=last.run.meetlat, ids=", ".join(ids))
            self._add(self._here("#provenance"), _RDFS_LABEL, Literal(told, language))
        self._add(dataset, DCTERMS.provenance, self._here("#provenance"))
        self._add(self._here("#provenance"), RDF.type, DCTERMS.ProvenanceStatement)
        self._periods()
        if self._publisher.frequency:
            self._add(dataset, DCTERMS.accrualPeriodicity, _EU[f"frequency/{self._publisher.frequency}"])
            self._add(_EU[f"frequency/{self._publisher.frequency}"], RDF.type, DCTERMS.Frequency)

    def add_distribution(self, table: WrittenTable, form: str, file: WrittenFile) -> None:
        """Describe one file: where it is, what it is, how large, and by what it is known."""
        node, address = self._here(f"#{table.id}-{form.lower()}"), self._here(file.name)
        media_type, file_type = _FORMS[form]
        self._add(self._dataset, DCAT.distribution, node)
        self._add(node, RDF.type, DCAT.Distribution)
        titles = (
            open_data_texts(language)["dcat"]["distribution"].format(
                table=open_data_texts(language)["tables"][table.id]["title"], form=form
            )
            for language in LANGUAGES
        )
        self._words(node, DCTERMS.title, titles)
        self._words(node, DCTERMS.description, (open_data_texts(language)["tables"][table.id]["text"] for language in LANGUAGES))
        self._add(node, DCAT.accessURL, address)
        self._add(node, DCAT.downloadURL, address)
        self._add(node, DCTERMS.license, URIRef(LICENCE))
        self._add(node, DCAT.mediaType, _IANA[media_type])
        self._add(_IANA[media_type], RDF.type, DCTERMS.MediaType)
        self._add(node, DCTERMS.format, _EU[f"file-type/{file_type}"])
        self._add(_EU[f"file-type/{file_type}"], RDF.type, DCTERMS.MediaTypeOrExtent)
        self._add(node, DCAT.byteSize, Literal(file.bytes, datatype=XSD.nonNegativeInteger))
        schema = self._here(f"{table.id}.csv-metadata.json" if form == "CSV" else GROUP_FILE)
        self._add(node, DCTERMS.conformsTo, schema)
        self._add(schema, RDF.type, DCTERMS.Standard)
        self._languages(node)
        checksum = self._here(f"#{table.id}-{form.lower()}-sha256")
        self._add(node, _SPDX.checksum, checksum)
        self._add(checksum, RDF.type, _SPDX.Checksum)
        self._add(checksum, _SPDX.algorithm, _SPDX.checksumAlgorithm_sha256)
        self._add(checksum, _SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))

    def _add_shared(self) -> None:
        """Describe who publishes and whom to ask, and say of what is named from lists of others what it is, as validators want to know."""
        self._add(self._agent, RDF.type, FOAF.Agent)
        self._add(self._agent, FOAF.name, Literal(self._publisher.name))
        self._add(self._contact, RDF.type, _VCARD.Kind)
        self._add(self._contact, _VCARD.fn, Literal(self._publisher.name))
        contact = self._publisher.contact
        is_mail = not is_web_address(contact)
        self._add(self._contact, _VCARD.hasEmail if is_mail else _VCARD.hasURL, URIRef(f"mailto:{contact}" if is_mail else contact))
        kinds = {
            _EU["access-right/PUBLIC"]: DCTERMS.RightsStatement,
            _EU["data-theme/GOVE"]: SKOS.Concept,
            _EU["country/NLD"]: DCTERMS.Location,
            _EU["language/NLD"]: DCTERMS.LinguisticSystem,
            _EU["language/ENG"]: DCTERMS.LinguisticSystem,
            URIRef(LICENCE): DCTERMS.LicenseDocument,
            _PROFILE: DCTERMS.Standard,
            _CSV_ON_THE_WEB: DCTERMS.Standard,
            **{self._here(PAGE[language]): FOAF.Document for language in LANGUAGES},
        }
        for node, kind in kinds.items():
            self._add(node, RDF.type, kind)
        self._add(_EU["data-theme/GOVE"], SKOS.prefLabel, Literal("Government and public sector", "en"))

    def _responsible(self, node: URIRef) -> None:
        """Say who made and publishes it, and whom to ask."""
        self._add(node, DCTERMS.publisher, self._agent)
        self._add(node, DCTERMS.creator, self._agent)
        self._add(node, DCAT.contactPoint, self._contact)

    def _periods(self) -> None:
        """Say when was measured."""
        for one in self._source.measurements:
            period = self._here(f"#period-{one.manifest.id}")
            self._add(self._dataset, DCTERMS.temporal, period)
            self._add(period, RDF.type, DCTERMS.PeriodOfTime)
            self._add(period, DCAT.startDate, Literal(one.manifest.run.started.date()))
            self._add(period, DCAT.endDate, Literal(one.manifest.finished.date()))
            made = self._here(f"#measurement-{one.manifest.id}")
            self._add(self._dataset, PROV.wasGeneratedBy, made)
            self._add(made, RDF.type, PROV.Activity)

    def _languages(self, node: URIRef) -> None:
        """Say in which languages it is."""
        self._add(node, DCTERMS.language, _EU["language/NLD"])
        self._add(node, DCTERMS.language, _EU["language/ENG"])

    def _words(self, node: URIRef, about: URIRef, texts: Iterable[str]) -> None:
        """Add a text in each language."""
        for text, language in zip(texts, LANGUAGES, strict=True):
            self._add(node, about, Literal(text, language))

    def _sealed(self) -> Literal:
        """Return when the latest measurement was closed: the data say no later moment."""
        return Literal(max(one.manifest.sealed for one in self._source.measurements))

    def _here(self, name: str) -> URIRef:
        """Name a thing of this folder; what is no file is named after the description."""
        return URIRef(f"{self._publisher.base_uri}{TURTLE if name.startswith('#') else ''}{name}")

    def _add(self, node: URIRef, about: URIRef, value: URIRef | Literal) -> None:
        """Add one statement."""
        self.graph.add((node, about, value))


def _json_ld(graph: Graph) -> str:
    """Write JSON-LD in an order that is always the same: the library leaves that to chance."""
    context = {prefix: str(namespace) for prefix, namespace in graph.namespaces() if prefix in _PREFIXES}
    value: Any = json.loads(graph.serialize(format="json-ld", context=context))
    return json.dumps(_ordered(value), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


_PREFIXES = frozenset({"dcat", "dct", "foaf", "prov", "skos", "xsd", "spdx", "vcard", "adms"})


def _ordered(value: Any) -> Any:  # noqa: ANN401 - JSON is of any kind
    """Sort every list: in RDF the order of values means nothing."""
    if isinstance(value, dict):
        return {key: _ordered(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=lambda one: json.dumps(one, sort_keys=True))
    return value
