"""Reading a record: which values come out, from elements, attributes, mixed text, lists, tables and doubles."""

from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError
from dod2oso.base.xml import parse_bytes
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import find_profile, load_profile
from dod2oso.source.recognise import matches
from dod2oso.source.record import LegacyDossier
from dod2oso.source.xmlreader import read_head
from tests.corpus.kit import bsn, opened, pupil, read_export, reference, write

PROFILE = load_profile(Path(__file__).parents[1] / "corpus" / "kleine-indeling.yaml")
BOUND = BoundProfile(PROFILE, load_dictionary())
GROUPS = (
    '<Groepen><G id="k1" jaar="8"><Naam>Groep 8</Naam></G><G id="k2"><Naam>Dubbel</Naam></G>'
    '<G id="k2"><Naam>Ander</Naam></G><G id="k1" jaar="8"><Naam>Groep 8</Naam></G><G><Naam>Los</Naam></G></Groepen>'
)


def read(folder: Path, record: str, before: str = "", after: str = "") -> LegacyDossier:
    """The first record of an export with this inside."""
    export = read_export(write(folder / "a.xml", f"<R>{before}<Lijst>{record}</Lijst>{after}</R>"), BOUND)
    export.survey()
    return next(export.dossiers())


def head(path: Path) -> Any:
    return read_head(lambda: path.open("rb"), path.stat().st_size)


def value(dossier: LegacyDossier, name: str) -> str | None:
    return dossier.root.value(name)


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<Naam>Berg</Naam>", "Berg"),
        ("<Naam>  van den\n Berg\t</Naam>", "van den Berg"),  # a name has no line ends
        ("<Naam><x/>Berg<z/> </Naam>", "Berg"),  # beside elements that we do not know
        ("<Naam>B<!-- e -->er<?p?>g</Naam>", "Berg"),
        ("<Naam><![CDATA[<Be]]>rg&amp;</Naam>", "<Berg&"),
        ("<Naam>\u00a0</Naam>", None),
        ("<Naam> \n</Naam>", None),
        ("<Oud><Naam>Oud</Naam></Oud>", "Oud"),
        ("<Naam/><Oud><Naam>Oud</Naam></Oud>", "Oud"),
        ("<Oud><Naam>Oud</Naam></Oud><Naam>Nieuw</Naam>", "Nieuw"),  # the first path with a value counts, wherever
    ],
)
def test_the_text_of_a_field(inside: str, text: str | None, tmp_path: Path) -> None:
    assert value(read(tmp_path, f"<P>{inside}</P>"), "leerling.achternaam") == text


@pytest.mark.parametrize(
    ("inside", "ends", "findings"),
    [
        ("<Naam>A</Naam><Naam>A</Naam>", ["", "andere-bron"], []),  # the same twice
        ("<Naam>A</Naam><Naam>B</Naam>", ["veld-dubbel"] * 2, ["veld-dubbel"]),  # neither counts, whichever comes first
        ("<Naam>A</Naam><Naam>B</Naam><Naam>A</Naam>", ["veld-dubbel"] * 3, ["veld-dubbel"]),
        ("<Naam>Anna<b>Maria</b>Eva</Naam>", ["tekst-onderbroken"], ["tekst-onderbroken"]),  # never glued together
        ("<Naam>Anna<b>Maria</b></Naam>", ["tekst-onderbroken"], ["tekst-onderbroken"]),  # nor half a name
        ("<Naam>van den<br/>Berg</Naam>", ["tekst-onderbroken"], ["tekst-onderbroken"]),
        ("<Naam>Be<x/>r<y/>g</Naam>", ["tekst-onderbroken"], ["tekst-onderbroken"]),
        ("<Oud><Naam>B</Naam></Oud><Naam>A</Naam>", ["andere-bron", ""], []),  # another path: another source
        ("<Geboren>31-02-2010</Geboren>", ["datum-onleesbaar"], ["datum-onleesbaar"]),
        ("<Geboren>31-02-2010</Geboren><Geboren>01-02-2010</Geboren>", ["datum-onleesbaar", ""], ["datum-onleesbaar"]),
    ],
)
def test_a_field_that_comes_twice_or_cannot_be_read(
    inside: str, ends: list[str], findings: list[str], tmp_path: Path
) -> None:
    dossier = read(tmp_path, f"<P>{inside}</P>")
    assert [cell.reason for cell in dossier.cells] == ends
    assert [finding.code for finding in dossier.findings] == findings
    assert all("2010" not in repr(finding) for finding in dossier.findings)


@pytest.mark.parametrize(
    ("inside", "text", "ends", "codes"),
    [
        ("<Naam>RenÚ</Naam>", None, ["tekst-codering"], ["tekst-codering"]),
        ("<Naam>D&#150;Arcy</Naam>", "D\u2013Arcy", [""], ["tekens-windows-1252"]),
        ("<Naam>D&#x00096;Arcy</Naam>", "D\u2013Arcy", [""], ["tekens-windows-1252"]),
        ("<Naam><![CDATA[D&#150;Arcy]]></Naam>", "D&#150;Arcy", [""], []),
        ("<Naam>D&#129;Arcy</Naam>", None, ["tekst-onleesbaar"], ["tekst-onleesbaar"]),  # no character there either
        ("<Naam>NULL</Naam>", None, ["geen-waarde"], ["geen-waarde"]),
        ("<Naam>van\u00a0den Berg</Naam>", "van den Berg", [""], ["spaties-hersteld"]),
        ("<Naam>\u2007\u200b</Naam>", None, [], []),
        ('<Naam>="Berg"</Naam>', "Berg", [""], ["omhulsel-weg"]),
        ("<Geboren>-</Geboren>", None, ["geen-waarde"], ["geen-waarde"]),
        ("<Geboren>1-2-2010 00:00</Geboren>", None, [""], []),
        ("<Geboren>1-2-2010 12:00</Geboren>", None, [""], ["tijd-weg"]),
        ("<Onbekend>\u00a0</Onbekend>", None, [], []),
    ],
)
def test_an_odd_value_is_set_right_or_refused_and_told(
    inside: str, text: str | None, ends: list[str], codes: list[str], tmp_path: Path
) -> None:
    dossier = read(tmp_path, f"<P>{inside}</P>")
    assert value(dossier, "leerling.achternaam") == text
    assert [cell.reason for cell in dossier.cells] == ends
    assert [finding.code for finding in dossier.findings] == codes
    assert dossier.source_values == len(ends)
    assert dossier.unread == {}


@pytest.mark.parametrize("space", ["\u00a0", "\u202f \u00a0", "\ufeff", "\u00ad\u3000"])
def test_space_of_any_kind_counts_nowhere(space: str, tmp_path: Path) -> None:
    inside = f'<P tehuis="{space}" x="{space}"><Naam>{space}</Naam><Foto>{space}</Foto><y>{space}<z/>{space}</y></P>'
    dossier = read(tmp_path, inside)
    assert (dossier.source_values, dossier.cells, dossier.unread, dossier.ignored) == (0, [], {}, {})


def test_attributes_lists_and_lists_in_lists(tmp_path: Path) -> None:
    dossier = read(
        tmp_path,
        '<P tehuis="ja"><Ouder wie="vader">A<Adres><Straat nr="1">S</Straat></Adres><Adres><Straat>T</Straat></Adres>'
        '</Ouder><Ouder wie="oma">B</Ouder><Toetsen><T code="1"/><T code="2"><Score op="01-02-2019">8,5</Score></T>'
        "</Toetsen></P>",
    )
    assert value(dossier, "leerling.tehuis") == "true"
    first, second = dossier.root.lists["verzorgers"]
    assert (first.value("achternaam"), first.value("relatie")) == ("A", "vader")
    assert [(one.value("straat"), one.value("nummer")) for one in first.lists["adressen"]] == [("S", "1"), ("T", None)]
    assert (second.value("relatie"), second.fields["relatie"].bound.lossy) == ("grootouder", True)
    tests = dossier.root.lists["toetsen"]
    assert [one.value("code") for one in tests] == ["1", "2"]
    assert (tests[1].value("vaardigheidsscore"), tests[1].value("afnamedatum")) == ("8.5", "2019-02-01")


def test_a_code_that_loses_something_does_so_every_time(tmp_path: Path) -> None:
    dossier = read(tmp_path, '<P><Ouder wie="oma">A</Ouder><Ouder wie="oma">B</Ouder><Ouder wie="opa">C</Ouder></P>')
    carers = [carer.fields["relatie"] for carer in dossier.root.lists["verzorgers"]]
    assert [(cell.value, cell.bound.lossy) for cell in carers] == [("grootouder", True)] * 3


def test_a_personal_number_is_not_kept_in_memory(tmp_path: Path) -> None:
    bound = BoundProfile(find_profile("dod-referentie"), load_dictionary())
    export = read_export(write(tmp_path / "a.xml", reference(pupil(1), pupil(2))), bound)
    export.survey()
    assert [one.root.value("leerling.bsn") for one in export.dossiers()] == [bsn(1), bsn(2)]
    readings = [child.text for child in bound.record.children.values() if child.text is not None]
    assert {"leerling.bsn", "leerling.geslacht"} <= {reading.bound.field for reading in readings}
    assert not any(bsn(n) in reading.known or bsn(n) in reading.known.values() for reading in readings for n in (1, 2))


@pytest.mark.parametrize("place", ["before", "after"])
def test_shared_parts_and_tables_reach_every_record_wherever_they_stand(place: str, tmp_path: Path) -> None:
    shared = f"<Kop><Brin>99XX</Brin><Adres nr='1'>Schoolstraat</Adres></Kop>{GROUPS}"
    dossier = read(tmp_path, '<P><Groep id="k1">0,3</Groep></P><P/>', **{place: shared})
    assert value(dossier, "school.brin") == "99XX"
    assert (value(dossier, "groep.naam"), value(dossier, "groep.jaargroep")) == ("Groep 8", "8")  # twice the same
    assert dossier.root.lists["school.adressen"][0].value("straat") == "Schoolstraat"
    assert value(dossier, "leerling.gewicht") == "0.3"
    assert len(dossier.cells) == 2  # shared values are counted once, with the export


def test_a_key_of_two_different_rows_is_nobodys(tmp_path: Path) -> None:
    dossier = read(tmp_path, '<P><Groep id="k2"/></P>', before=GROUPS)
    assert [(finding.code, finding.field) for finding in dossier.findings] == [("sleutel-dubbel", "leerling.groep")]
    assert value(dossier, "groep.naam") is None


def test_a_reference_to_nothing_is_told(tmp_path: Path) -> None:
    dossier = read(tmp_path, '<P><Groep id="k9"/></P>', before=GROUPS)
    assert [(finding.code, finding.field) for finding in dossier.findings] == [
        ("verwijzing-onbekend", "leerling.groep")
    ]
    assert value(dossier, "leerling.groep") == "k9"


def test_what_is_ignored_and_what_is_unknown_are_counted_by_path(tmp_path: Path) -> None:
    dossier = read(
        tmp_path, '<P nummer="1" kleur="x">los<Foto a="1"><b>x</b>y</Foto><Vreemd><c d="1" e=" ">t</c></Vreemd></P>'
    )
    assert dossier.ignored == {("P/Foto", "wet"): 3, ("P/@nummer", "techniek"): 1}
    assert dossier.unread == {"P": 1, "P/@kleur": 1, "P/Vreemd/c": 1, "P/Vreemd/c/@d": 1}


def test_records_are_numbered_and_can_be_skipped(tmp_path: Path) -> None:
    records = "".join(f"<P><Naam>N{n}</Naam></P>" for n in range(1, 6))
    export = read_export(write(tmp_path / "a.xml", f"<R><Lijst>{records}</Lijst></R>"), BOUND)
    export.survey()
    found = [(one.number, value(one, "leerling.achternaam")) for one in export.dossiers(skip=2)]
    assert found == [(3, "N3"), (4, "N4"), (5, "N5")]
    raw = [export.reader.from_bytes(data, number) for number, data in export.raw_records(skip=3)]
    assert [(one.number, value(one, "leerling.achternaam")) for one in raw] == [(4, "N4"), (5, "N5")]


def test_only_elements_at_the_path_are_records(tmp_path: Path) -> None:
    text = "<R><P/><Lijst><P><Vreemd><P>nee</P></Vreemd></P><X><P/></X></Lijst><Kop><P/></Kop></R>"
    export = read_export(write(tmp_path / "a.xml", text), BOUND)
    export.survey()
    assert export.records == 1


# --- recognising ---


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("<a xmlns='urn:x'><v> 2 </v></a>", True), ("<a xmlns='urn:x'><v>3</v></a>", False), ("<a><v>2</v></a>", False),
        ("<a xmlns='urn:x'/>", True), ("<a xmlns='urn:x'><v/></a>", True), ("<b xmlns='urn:x'/>", False),
        ("<a xmlns='urn:x' t='nee'/>", False),
    ],
)  # fmt: skip
def test_a_layout_is_recognised_by_what_is_in_it(text: str, fits: bool, tmp_path: Path) -> None:
    profile = load_profile(
        write(
            tmp_path / "p.yaml",
            "profile: p\ndescribes: x\nrecords: a/r\n"
            'match: {root: a, namespace: "urn:x", values: {a/v: ["2", null], "a/@t": ["ja", null]}}\n',
        )
    )
    assert matches(head(write(tmp_path / "a.xml", text)), profile) == fits


def test_a_namespace_holds_for_the_whole_layout(tmp_path: Path) -> None:
    profile = load_profile(
        write(
            tmp_path / "p.yaml",
            "profile: p\ndescribes: x\nrecords: a/r\nmatch: {root: a, namespace: 'urn:x'}\n"
            "fields: {leerling.achternaam: n, leerling.tehuis: '@t'}\n",
        )
    )
    path = write(tmp_path / "a.xml", "<q:a xmlns:q='urn:x'><q:r t='1'><q:n>Berg</q:n><n>x</n></q:r></q:a>")
    assert opened(path).recognise((profile,)) is profile
    export = read_export(path, BoundProfile(profile, load_dictionary()))
    export.survey()
    (dossier,) = export.dossiers()
    assert (value(dossier, "leerling.achternaam"), value(dossier, "leerling.tehuis")) == ("Berg", "true")
    assert dossier.unread == {"r/n": 1}


def test_a_profile_travels_to_another_process(tmp_path: Path) -> None:
    import pickle

    export = read_export(
        write(tmp_path / "a.xml", "<R><Kop><Brin>99XX</Brin></Kop><Lijst><P><Naam>A</Naam></P></Lijst></R>"), BOUND
    )
    export.survey()
    reader = pickle.loads(pickle.dumps(export.reader))  # noqa: S301
    ((_number, data),) = export.raw_records()
    dossier = reader.from_bytes(data, 1)
    assert (value(dossier, "leerling.achternaam"), value(dossier, "school.brin")) == ("A", "99XX")
    with pytest.raises(ConfigurationError):
        load_profile(tmp_path / "nergens.yaml")


# --- items that follow each other, and a record that is the root ---

SERIES = """profile: reeks
describes: voor deze test
match: {root: R}
records: R/P
alone: true
fields: {leerling.achternaam: Naam}
lists:
  cijferlijsten:
    at: C
    lists:
      vakken:
        at: T
        starts: naam
        fields: {naam: naam}
        lists:
          scores: {at: s, fields: {waarde: w}}
"""


def series(tmp_path: Path, body: str) -> LegacyDossier:
    path = tmp_path / "reeks.yaml"
    path.write_text(SERIES)
    bound = BoundProfile(load_profile(path), load_dictionary())
    (tmp_path / "a.xml").write_text(f"<P><Naam>X</Naam><C><T{body}</T></C></P>")
    export = read_export(tmp_path / "a.xml", bound)
    export.survey()
    (record,) = export.dossiers()
    assert record.source_values == len(record.cells) + sum(record.unread.values())
    assert export.outside.source_values == 0
    return record


def test_items_that_follow_each_other_begin_with_their_first_child(tmp_path: Path) -> None:
    body = "><naam>a</naam><s><w>1</w></s><s><w>2</w></s><naam>b</naam><s><w>3</w></s>"
    (group,) = series(tmp_path, body).root.lists["cijferlijsten"]
    found = [
        (vak.value("naam"), [score.value("waarde") for score in vak.lists["scores"]]) for vak in group.lists["vakken"]
    ]
    assert found == [("a", ["1", "2"]), ("b", ["3"])]


def test_what_does_not_belong_in_such_a_row_is_counted(tmp_path: Path) -> None:
    record = series(tmp_path, " x='1'>los<s><w>0</w></s><naam>a</naam>los<y>1</y><naam/><s><w>2</w></s>")
    assert record.unread == {"P/C/T": 1, "P/C/T/@x": 1, "P/C/T/y": 1}
    (group,) = record.root.lists["cijferlijsten"]
    assert [vak.value("naam") for vak in group.lists["vakken"]] == [None, "a", None]


def test_a_root_that_is_a_record_is_recognised_like_the_root_around_records(tmp_path: Path) -> None:
    path = tmp_path / "reeks.yaml"
    path.write_text(SERIES)
    profile = load_profile(path)
    for text, fits in (("<P/>", True), ("<R><P/></R>", True), ("<Q><P/></Q>", False), ("<T/>", False)):
        assert matches(parse_bytes(text.encode()), profile) == fits, text
