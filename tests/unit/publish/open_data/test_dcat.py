# SPDX-License-Identifier: EUPL-1.2
"""The description as DCAT-AP-NL 3.0 asks, held against shapes that are written from the lists of the specification."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pyshacl
import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from meetlat.publish.open_data.dcat import dcat_graph, is_contact, is_web_address
from tests.unit.publish.open_data.published import PUBLISHER

_SHAPES = Path(__file__).with_name("dcat_ap_nl.ttl")
_SPDX = Namespace("http://spdx.org/rdf/terms#")
_SH = Namespace("http://www.w3.org/ns/shacl#")
_HERE = PUBLISHER.base_uri


@pytest.fixture(scope="module")
def graph(data):
    """The description, as it was written."""
    return Graph().parse(data / "dcat.ttl")


def _results(graph: Graph) -> tuple[bool, set[URIRef]]:
    """Validate; return whether it conforms, warnings included, and on which properties not."""
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=Graph().parse(_SHAPES), advanced=False)
    return conforms, set(report.objects(None, _SH.resultPath))


def test_the_description_has_all_that_must_and_should_be_there(graph):
    """No violation, and no warning either."""
    assert _results(graph) == (True, set())


@pytest.mark.parametrize(
    "about",
    [
        *(DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.creator, DCTERMS.identifier, DCTERMS.accessRights),
        *(DCTERMS.license, DCTERMS.language, DCTERMS.conformsTo, DCAT.contactPoint, DCAT.theme, DCAT.landingPage, DCAT.accessURL),
        *(DCAT.downloadURL, DCAT.byteSize, DCAT.mediaType, DCTERMS.format, _SPDX.checksum, _SPDX.checksumValue),
    ],
    ids=lambda about: about.rpartition("/")[2],
)
def test_the_shapes_notice_what_is_missing(graph, about):
    """Without it the description does not conform: the shapes can fail."""
    less = Graph()
    less += graph
    less.remove((None, about, None))
    conforms, paths = _results(less)
    assert not conforms
    assert about in paths


def test_every_file_is_known_by_its_size_and_digest(graph, data):
    """24 distributions, each with the digest and the size of the file that it names, under CC0."""
    distributions = list(graph.subjects(RDF.type, DCAT.Distribution))
    assert len(distributions) == 24
    for node in distributions:
        path = data / str(graph.value(node, DCAT.downloadURL)).removeprefix(_HERE)
        checksum = graph.value(node, _SPDX.checksum)
        # Bytes as the library reads hexBinary.
        assert graph.value(checksum, _SPDX.checksumValue).toPython() == hashlib.sha256(path.read_bytes()).digest()
        assert graph.value(node, DCAT.byteSize).toPython() == path.stat().st_size
        assert "publicdomain/zero/1.0" in str(graph.value(node, DCTERMS.license))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib 7.6 uses it itself to read JSON-LD
def test_both_forms_say_the_same(graph, data):
    """JSON-LD and Turtle; and no node is without a name."""
    assert isomorphic(graph, Graph().parse(data / "dcat.jsonld"))
    assert not [node for triple in graph for node in triple if not isinstance(node, (URIRef, Literal))]


def test_when_and_where_was_measured_comes_from_the_measurements(graph):
    """The days of both, and the Netherlands."""
    days = {
        (str(graph.value(node, DCAT.startDate)), str(graph.value(node, DCAT.endDate)))
        for node in graph.subjects(RDF.type, DCTERMS.PeriodOfTime)
    }
    assert days == {("2026-06-01", "2026-06-02")}
    assert graph.value(URIRef(f"{_HERE}dcat.ttl#dataset"), DCTERMS.spatial) == URIRef(
        "http://publications.europa.eu/resource/authority/country/NLD"
    )


def test_how_often_is_only_said_when_it_is_known(graph, of):
    """Nothing is made up."""
    assert not list(graph.triples((None, DCTERMS.accrualPeriodicity, None)))
    told = dcat_graph(of, (), replace(PUBLISHER, frequency="ANNUAL_2"))
    assert [str(value).rpartition("/")[2] for value in told.objects(None, DCTERMS.accrualPeriodicity)] == ["ANNUAL_2"]


@pytest.mark.parametrize(
    ("text", "is_web", "is_either"),
    [
        pytest.param("https://data.example/m/", True, True, id="a web address"),
        pytest.param("data@duinrade.example", False, True, id="an e-mail address"),
        pytest.param("https://x.example/> <https://evil.example/", False, False, id="two in one"),
        pytest.param("https://x.example/a b", False, False, id="a space"),
        pytest.param("javascript:alert(1)", False, False, id="another scheme"),
        pytest.param("https://x.example/\n", False, False, id="a line break"),
        pytest.param("", False, False, id="nothing"),
    ],
)
def test_only_what_can_stand_in_rdf_is_let_in(text, is_web, is_either):
    """An address that breaks out of its brackets is no address."""
    assert (is_web_address(text), is_contact(text)) == (is_web, is_either)
