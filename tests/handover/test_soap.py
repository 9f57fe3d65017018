"""SOAP after a wire description: what goes in comes out, and nothing dangerous comes in."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.base.xml import parse_bytes
from dod2oso.handover.soap import dossier as soap_dossier
from dod2oso.handover.soap import envelope as soap
from dod2oso.handover.soap.dossier import DECLARATION
from dod2oso.handover.soap.envelope import Fault, Malformed, Message
from dod2oso.handover.wire.load import YEARS, shipped
from dod2oso.handover.wire.model import Wire
from dod2oso.oso.writer import write_dossier

WIRES = {wire.namespace.says: wire for wire in map(shipped, YEARS)}
EMBEDDINGS = ("xml", "text", "cdata", "base64")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).map(str.strip)


def with_embedding(year: str, embedding: str) -> Wire:
    wire = shipped(year)
    return wire.model_copy(update={"embedding": wire.embedding.model_copy(update={"says": embedding})})


@settings(max_examples=60)
@given(data=st.data())
def test_every_message_survives_the_line(data: st.DataObject) -> None:
    wire = shipped(data.draw(st.sampled_from(YEARS)))
    name = data.draw(st.sampled_from(sorted(wire.messages)))
    spec = wire.messages[name]

    def value(word: str) -> str:
        known: Any = getattr(wire.values, word, None)
        return data.draw(st.sampled_from(sorted(known)) if known else TEXT.filter(bool))

    fields = {
        f.word: value(f.word) for f in spec.fields if f.word != "dossier" and not (f.maybe and data.draw(st.booleans()))
    }
    rows = () if spec.rows is None else tuple({f.word: value(f.word) for f in spec.rows.fields} for _ in range(2))
    received = soap.read(soap.write(wire, Message(name, fields, rows)), WIRES)
    assert received.message == Message(name, fields, rows)
    assert received.wire is wire


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("year", YEARS)
def test_a_dossier_comes_out_byte_for_byte(year: str, embedding: str) -> None:
    wire = with_embedding(year, embedding)
    words = "a]]>b <dossier> </dossier> é \r\n &amp; \U0001f600"
    dossier = write_dossier("2019.1", [("huidigeschool", [("naam", words)])])
    raw = b"".join(soap_dossier.put_in(wire, dossier))
    received = soap.read(raw, {wire.namespace.says: wire})
    assert soap_dossier.take_out(received, raw) == dossier


def test_a_receiver_that_only_parses_has_the_same_canonical_dossier() -> None:
    from lxml import etree

    dossier = write_dossier("2019.1", [("huidigeschool", [("naam", "é < > &")])])
    raw = b"".join(soap_dossier.put_in(shipped("22"), dossier))
    inside = parse_bytes(raw).find(".//{http://www.edustandaard.nl/oso_gegevensset/2019/dossier}dossier")
    assert inside is not None
    assert etree.tostring(inside, method="c14n", exclusive=True, with_tail=False) == etree.tostring(
        parse_bytes(dossier), method="c14n", exclusive=True
    )


@pytest.mark.parametrize("place", ["detail", "faultstring", "faultcode"])
def test_a_fault_tells_its_code_wherever_it_stands(place: str) -> None:
    wire = shipped("22")
    said = wire.fault.place.model_copy(update={"says": place})
    wire = wire.model_copy(update={"fault": wire.fault.model_copy(update={"place": said})})
    with pytest.raises(Fault) as caught:
        soap.read(soap.write_fault(wire, "SessieAfwijkend", "Een tekst met spaties.", ours=False), WIRES)
    assert caught.value.code == "SessieAfwijkend"


def test_a_fault_never_repeats_what_is_no_code() -> None:
    body = (
        b"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>Jan Jansen, 999900001</faultstring></soap:Fault>"
    )
    with pytest.raises(Fault) as caught:
        soap.read(_envelope(body), WIRES)
    assert caught.value.code == ""


def _envelope(body: bytes) -> bytes:
    return b'<soap:Envelope xmlns:soap="%s"><soap:Body>%s</soap:Body></soap:Envelope>' % (soap.ENVELOPE.encode(), body)


def _request(body: bytes = b"") -> bytes:
    return _envelope(
        b'<o:notificatieRequest xmlns:o="%s">%s</o:notificatieRequest>' % (next(iter(WIRES)).encode(), body)
    )


GOOD = soap.write(shipped("22"), Message("overzichtAanleverpuntRequest", {"brin": "99XA"}))
MALFORMED = {
    "empty": (b"", "geen-geldige-xml"),
    "no xml": (b"hallo", "geen-geldige-xml"),
    "cut": (GOOD[:-20], "geen-geldige-xml"),
    "other root": (b"<a/>", "geen-soap-1.1"),
    "soap 1.2": (GOOD.replace(soap.ENVELOPE.encode(), b"http://www.w3.org/2003/05/soap-envelope"), "geen-soap-1.1"),
    "empty body": (_envelope(b""), "niet-een-bericht"),
    "two messages": (_envelope(b"<a/><b/>"), "niet-een-bericht"),
    "two bodies": (GOOD.replace(b"</soap:Envelope>", b"<soap:Body/></soap:Envelope>"), "niet-een-bericht"),
    "unknown namespace": (_envelope(b'<a xmlns="urn:x"/>'), "onbekende-naamruimte"),
    "unknown message": (GOOD.replace(b"overzichtAanleverpuntRequest", b"allesRequest"), "onbekend-bericht"),
    "dtd": (b'<!DOCTYPE a [<!ENTITY x "y">]>' + GOOD.partition(b"?>\n")[2], "dtd-niet-toegestaan"),
    "external entity": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + GOOD, "dtd-niet-toegestaan"),
    "utf-16": (GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "dtd-niet-toegestaan"),
    "utf-7": (GOOD.replace(b"'UTF-8'", b"'UTF-7'"), "geen-utf-8"),
    "latin-1": (GOOD.replace(b"'UTF-8'", b"'ISO-8859-1'"), "geen-utf-8"),
    "invalid utf-8": (GOOD.replace(b"99XA", b"99\xff"), "geen-geldige-xml"),
    "field absent": (_request(), "veld-ontbreekt"),
    "field twice": (GOOD.replace(b"<oso:brin>99XA</oso:brin>", b"<oso:brin>99XA</oso:brin>" * 2), "veld-dubbel"),
    "field with children": (GOOD.replace(b">99XA<", b"><a/><"), "veld-onleesbaar"),
    "field too long": (GOOD.replace(b"99XA", b"9" * 5000), "veld-onleesbaar"),
    "deep": (_envelope(b"<a>" * 5000 + b"</a>" * 5000), "geen-geldige-xml"),
    "too large": (GOOD + b" " * soap.MAX_REQUEST, "te-groot"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_message_is_refused_with_a_word_of_ours(case: str) -> None:
    raw, why = MALFORMED[case]
    with pytest.raises(Malformed) as caught:
        soap.read(raw, WIRES)
    assert caught.value.why == why


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_malformed(data: bytes) -> None:
    at = len(GOOD) // 2
    for raw in (data, GOOD[:at] + data + GOOD[at:]):
        try:
            soap.read(raw, WIRES)
        except (Malformed, Fault):
            pass


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_an_answer_without_a_dossier_is_malformed(embedding: str) -> None:
    wire = with_embedding("22", embedding)
    dossier = DECLARATION + b'<dossier xmlns="urn:x"/>\n'  # closes in itself: no </dossier>
    raw = b"".join(soap_dossier.put_in(wire, dossier)).replace(b"oso:dossier>", b"oso:iets>")
    with pytest.raises(Malformed):
        soap_dossier.take_out(soap.read(raw, {wire.namespace.says: wire}), raw)
