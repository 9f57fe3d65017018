"""An older OSO dossier as a source: what stays, what has no place any more, and that nothing else gets lost.

The measures of the format: the public examples of 2017.1 through the whole pipeline, and the dossiers of our own corpus
(every element and every code of every version) through the conversion, to the same version and to all others.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select

from dod2oso.base.clock import run_date
from dod2oso.base.pseudonym import Pseudonyms
from dod2oso.base.xml import parse_bytes
from dod2oso.conformance.cover import corpus, first_of_each
from dod2oso.findings.outcome import Outcome
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.mapping.apply import Mapper
from dod2oso.mapping.compile import shipped_plan
from dod2oso.mapping.run_metadata import run_group
from dod2oso.oso.attachments import problem
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.transfers import transfer
from dod2oso.oso.verdict import check
from dod2oso.oso.versions import VERSIONS
from dod2oso.run.convert import Converter
from dod2oso.source.bind import BoundProfile, FieldReader, LayoutNode
from dod2oso.source.codes import code_table
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.export import RecordReader
from dod2oso.source.profile import Binding, ListBinding, find_profile
from dod2oso.source.record import LOSSY, MAPPED, LegacyDossier
from dod2oso.source.register import EMPTY
from dod2oso.supplement.rows import read_supplements
from tests.conftest import shared
from tests.corpus.kit import CONSENT, DATUM, convert, read_export, supplement
from tests.oso.dossiers import BSN
from tests.oso.facts import FACTS
from tests.sweeps import pairs, part

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")

ONDERWIJSNUMMER = "100000004"
PUPIL = "huidigeschool/leerling/"
# Stays behind in every version: what the law, the transfer or the rule about consent keeps back, and the old metadata.
KEPT_BACK = {"wet", "profiel", "toestemming-alleen-uit-aanvulling", "techniek"}
SMALL = re.compile(rb"(<(?:voorschoolseaanwezigheid|exameneindcijfer)>)[0-9]+<")
ALLOWED_FINDINGS = {"school-niet-in-register", "oso-advies", "aanvulling-niet-toegestaan", "overstap-onwaarschijnlijk"}
TELEPHONE = re.compile(
    rb"(<soort>(?:telefoon|mobiel|fax)</soort>\s*(?:<aanduiding>[^<]*</aanduiding>\s*)?<nummer>)[^<]*<"
)

EXAMPLES = {
    "OV_POPO": "POPO", "OV_POVO": "POVO", "OV_VOVO": "VOVO", "OV_BB": "BB", "PaO_POSWV": "POSWV", "PaO_VOSWV": "VOSWV",
}  # fmt: skip


# --- every element has its place in the profile ---


def bound_paths(node: LayoutNode) -> Iterator[tuple[str, str]]:
    """Path below the dossier -> dictionary field, of everything that the profile binds."""
    path = node.path.partition("/")[2]
    if node.text is not None:
        yield path, node.text.bound.field
    for name, reading in node.attributes.items():
        yield f"{path}/@{name}", reading.bound.field
    for child in node.children.values():
        yield from bound_paths(child)


@cache
def profile(version: str) -> BoundProfile:
    return BoundProfile(find_profile(f"oso-{version}"), load_dictionary())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_profile_binds_every_element_of_the_version_and_nothing_else(version: str) -> None:
    fields = list(catalogue(version).fields())
    wanted = {field.path for field in fields}
    wanted |= {f"{field.path}/@{attribute.name}" for field in fields for attribute in field.attributes}
    assert {path for path, _field in bound_paths(profile(version).record)} == wanted


# --- our own dossiers, to the same version ---


def real(data: bytes) -> bytes:
    """A dossier of the corpus with numbers and addresses that are some: its texts are only of the right type."""
    for old, new in (
        ("<contactemail>tekst<", "<contactemail>a@voorbeeld.example<"),
        ("<contacttelefoon>tekst<", "<contacttelefoon>0101234567<"),
        (f"<onderwijsnummer>{BSN}<", f"<onderwijsnummer>{ONDERWIJSNUMMER}<"),
    ):
        data = data.replace(old.encode(), new.encode())
    return SMALL.sub(rb"\g<1>6<", TELEPHONE.sub(rb"\g<1>0101234567<", data))


def converter(version: str, name: str, folder: Path) -> Converter:
    """For one version and transfer, with the consent of the parents of the pupil of the corpus."""
    plan = shipped_plan(version, name)
    given = {name: value for name, value in CONSENT.items() if name.startswith("inzage/")} | {
        "inzage/toestemming": "Ja"
    }
    consent = supplement(folder, {"brin": "99ZZ", "leerlingid": "tekst"} | given)
    rows = read_supplements([consent], plan, load_dictionary())
    mapper = Mapper(plan, run_group(version, name, DATUM, "test", "1"), run_date(DATUM))
    return Converter(mapper, transfer(name).layer, EMPTY, rows, Pseudonyms(b"x" * 32), validator_only=True)


def converted(data: bytes, source: str, target: Converter) -> tuple[Outcome, LegacyDossier]:
    record = RecordReader(profile(source), LegacyDossier(0), {}).from_bytes(data, 1)
    return target.convert(record), record


def leaves(root: etree._Element) -> Counter[tuple[str, str]]:
    """How often each (path, text) stands below huidigeschool, attributes included."""
    found: Counter[tuple[str, str]] = Counter()

    def visit(element: etree._Element, above: str) -> None:
        for child in element.iterchildren(etree.Element):
            path = f"{above}/{etree.QName(child).localname}".lstrip("/")
            if len(child) == 0 and (child.text or "").strip():
                found[path, (child.text or "").strip()] += 1
            for name, value in child.attrib.items():
                found[f"{path}/@{name}", str(value)] += 1
            visit(child, path)

    visit(root, "")
    return Counter({key: n for key, n in found.items() if key[0].startswith("huidigeschool/")})


@pytest.mark.parametrize("version", VERSIONS)
def test_to_the_same_version_everything_returns_but_what_is_kept_back(version: str, tmp_path: Path) -> None:
    converters: dict[str, Converter] = {}
    for one in corpus(version):
        name = one.plan.overstap
        if name not in converters:
            converters[name] = converter(version, name, tmp_path)
        data = real(one.data)
        outcome, record = converted(data, version, converters[name])
        told = {finding.code for finding in outcome.findings} - ALLOWED_FINDINGS
        # The corpus tries every code in every category: also an objection to what the transfer demands.
        strange = any(choice.path.startswith("metadata/categorie_uitlevering/") for choice in one.plan.put)
        assert told <= ({"bezwaar-bij-verplicht", "oso-regel"} if strange else set()), (name, outcome.findings)
        assert outcome.state == "ready" or strange
        assert outcome.xml is not None
        before, after = leaves(parse_bytes(data)), leaves(parse_bytes(outcome.xml))
        assert after - before == Counter()
        lost = Counter(cell.bound.place.partition("/")[2] for cell in record.cells if cell.state not in (MAPPED, LOSSY))
        gone: Counter[str] = Counter()
        for (path, _text), n in (before - after).items():
            gone[path] += n
        assert {path: n for path, n in gone.items() if lost[path] != n} == {}
        reasons = {key.reason for key in outcome.fields if key.outcome != "mapped"}
        assert reasons <= KEPT_BACK | ({"bezwaar-bij-verplicht", "aanvulling"} if strange else set()), reasons
        assert outcome.balance.unmapped == 0 and outcome.balance.lossy == 0


@pytest.mark.parametrize("source", VERSIONS)
def test_to_any_other_version_it_fits_the_schema_and_the_balance_adds_up(source: str, tmp_path: Path) -> None:
    for turn, target in enumerate(VERSIONS):
        for one in part(first_of_each(corpus(source)), 2, begin=turn):
            name = one.plan.overstap
            if target == source or target not in transfer(name).versions:
                continue
            outcome, record = converted(real(one.data), source, converter(target, name, tmp_path))
            assert outcome.xml is not None
            assert check(parse_bytes(outcome.xml), target, transfer(name).layer).schema.state == "passed"
            outcome.balance.verify(f"{source} -> {target}")
            assert (outcome.balance.unmapped, record.unread) == (0, {})
            # What the target has no place for is dropped by name, and is never read by a line of its mapping.
            plan = shipped_plan(target, name)
            for key in outcome.fields:
                if key.outcome == "dropped" and key.reason == "geen-plaats":
                    assert key.field in load_dictionary()
                    assert key.field in plan.dropped or plan.readers[key.field], key
            # What could not be handed over says so.
            assert all(finding.code for finding in outcome.findings)
            refused = {key.reason for key in outcome.fields if key.outcome == "refused"}
            assert refused <= {finding.code for finding in outcome.findings}, (source, target, name)


def test_attachments_come_along_as_they_are(tmp_path: Path) -> None:
    one = first_of_each(corpus("2018.1"))[0]
    outcome, _record = converted(real(one.data), "2018.1", converter("2019.1", one.plan.overstap, tmp_path))
    assert outcome.xml is not None
    contents = [element.text for element in parse_bytes(outcome.xml).iter("{*}bestandsinhoud")]
    assert len(contents) > 5
    assert set(contents) == {element.text for element in parse_bytes(one.data).iter("{*}bestandsinhoud")}


# --- one dossier, many dossiers, several documents ---


def test_a_document_is_one_dossier_or_many(tmp_path: Path) -> None:
    one, two = (real(made.data) for made in corpus("2018.1")[:2])
    namespace = "http://www.edustandaard.nl/oso_gegevensset/2018/dossier"
    inner = b"".join(data[data.index(b"<dossier") :] for data in (one, two))
    back = "<terugkoppeling><metadata><pakketnaam>p</pakketnaam></metadata></terugkoppeling></dossiers>"
    files = {
        "een.xml": one,
        "veel.xml": f'<dossiers xmlns="{namespace}">'.encode() + inner + back.encode(),
    }
    numbers = {}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        export = read_export(tmp_path / name, profile("2018.1"))
        export.survey()
        records = list(export.dossiers())
        assert export.records == len(records)
        assert all(record.unread == {} for record in records)
        assert [len(record.cells) for record in records] == [record.source_values for record in records]
        assert export.outside.unread == {}
        numbers[name] = (len(records), export.outside.source_values, dict(export.outside.ignored))
        assert len(list(export.raw_records())) == len(records)
    assert numbers == {
        "een.xml": (1, 0, {}),
        "veel.xml": (2, 1, {("dossiers/terugkoppeling", "geen-plaats"): 1}),
    }


# --- the public examples, through the whole pipeline ---


def example(kind: str, what: str) -> Path:
    return shared("standards", "oso", "2017.1", "examples", f"Voorbeelddossier_2017.1_{kind}_{what}.xml")


def with_consent(folder: Path, path: Path) -> Path:
    root = parse_bytes(path.read_bytes())
    brin = root.findtext("{*}huidigeschool/{*}brincode") or ""
    number = root.findtext("{*}huidigeschool/{*}leerling/{*}leerlingid") or ""
    return supplement(
        folder,
        {"brin": brin, "leerlingid": number, "inzage/toestemming": "Ja"}
        | {name: value for name, value in CONSENT.items() if name.startswith("inzage/")},
    )


@pytest.mark.parametrize(("kind", "target", "what"), pairs(list(EXAMPLES), ["2018.1", "2019.1"], ["full", "opt_out"]))
def test_a_public_example_becomes_a_newer_dossier(kind: str, what: str, target: str, tmp_path: Path) -> None:
    path = example(kind, what)
    name = EXAMPLES[kind]
    result = convert(
        tmp_path / "out", path, name, version=target, supplements=[with_consent(tmp_path, path)], validator_only=True
    )
    assert result.unreadable == []
    (made,) = (tmp_path / "out" / "dossiers").rglob("*.xml")
    verdict = check(parse_bytes(made.read_bytes()), target, transfer(name).layer)
    assert verdict.schema.state == "passed"
    # The samenwerkingsverband examples hold only kinds of care that 2019.1 has no place for; there it is mandatory.
    held = (target, name in ("POSWV", "VOSWV")) == ("2019.1", True)
    assert [fired.rule for fired in verdict.rules.fired] == (["cat-onderwijsondersteuning-verplicht"] if held else [])
    assert made.parent.parent.name == ("held" if held else "ready")
    export = read_export(path, profile("2017.1"))
    export.survey()
    (record,) = export.dossiers()
    with Ledger.open(tmp_path / "out") as ledger:
        row = ledger.export(path.name, target, name)
    assert row is not None
    assert row.balance["source_values"] == record.source_values == len(record.cells)
    assert row.balance["unmapped"] == 0


def field_counts(out: Path, outcome: str, reason: str) -> Counter[str]:
    """How many values per field ended so, as the report tells it."""
    counts = tables.field_counts
    with Ledger.open(out) as ledger, ledger.read() as connection:
        rows = connection.execute(
            select(counts.c.field, counts.c.count).where(counts.c.outcome == outcome, counts.c.reason == reason)
        )
        return Counter({str(row[0]): int(row[1]) for row in rows})


def texts(path: Path) -> Counter[str]:
    """How many values stand at each path of a dossier."""
    found: Counter[str] = Counter()

    def visit(element: etree._Element, above: str) -> None:
        for child in element.iterchildren(etree.Element):
            below = f"{above}/{etree.QName(child).localname}".lstrip("/")
            own = (child.text or "") + "".join(inner.tail or "" for inner in child)
            found[below] += own.strip() != ""
            for name, value in child.attrib.items():
                found[f"{below}/@{name}"] += str(value).strip() != ""
            visit(child, below)

    visit(parse_bytes(path.read_bytes()), "")
    return +found


# order-changes.md, "Verplaatst naar een andere ouder in 2019.1"; sefunctioneren's attachments become plain attachments.
MOVED = {
    f"{PUPIL}handelingsplanlijst/handelingsplan": f"{PUPIL}onderwijsondersteuning/handelingsplan",
    f"{PUPIL}zorg/diagnose": f"{PUPIL}onderwijsondersteuning/diagnose",
    f"{PUPIL}zorg/medicijngebruik": f"{PUPIL}onderwijsondersteuning/medicijngebruik",
    f"{PUPIL}zorg/opp": f"{PUPIL}onderwijsondersteuning/opp",
    f"{PUPIL}zorg/tlv": f"{PUPIL}onderwijsondersteuning/tlv",
    f"{PUPIL}zorg/lwoo": f"{PUPIL}onderwijsondersteuning/lwoo",
    f"{PUPIL}zorg/rvc": f"{PUPIL}onderwijsondersteuning/rvc",
    f"{PUPIL}zorg/arrangement": f"{PUPIL}onderwijsondersteuning/arrangement_cluster12",
    f"{PUPIL}sefunctioneren/document": f"{PUPIL}overigdocumentlijst/document",
}  # fmt: skip
NEVER = (f"{PUPIL}zorg/vir/", f"{PUPIL}zorg/zat/", "metadata/")  # gone for another reason


def moved(path: str) -> str:
    for old, new in MOVED.items():
        if path == old or path.startswith(f"{old}/"):
            return new + path.removeprefix(old)
    return path


def facts_of(version: str) -> set[str]:
    """The paths of a version, from the facts (attributes too)."""
    with (FACTS / "fields.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if version in row["versions"].split()]
    attributes = {f"{row['path']}/@{name.split(':')[0]}" for row in rows for name in row["attributes"].split() if name}
    return {row["path"] for row in rows} | attributes


@pytest.mark.parametrize("kind", ["OV_POPO", "OV_POVO", "OV_VOVO"])
@pytest.mark.parametrize("target", ["2018.1", "2019.1"])
def test_what_the_newer_version_no_longer_has_is_listed_by_name(kind: str, target: str, tmp_path: Path) -> None:
    """Exactly what the facts say is gone: no more, no less, and each value counted."""
    path, name = example(kind, "full"), EXAMPLES[kind]
    known = facts_of(target)
    fields = dict(bound_paths(profile("2017.1").record))
    expected: Counter[str] = Counter()
    for at, n in texts(path).items():
        if at not in known and moved(at) not in known and not at.startswith(NEVER):
            expected[fields[at]] += n
    convert(tmp_path / "out", path, name, version=target)
    assert field_counts(tmp_path / "out", "dropped", "geen-plaats") == expected
    assert bool(expected) == (target == "2019.1")  # 2018.1 only added to 2017.1


@pytest.mark.parametrize("kind", EXAMPLES)
def test_only_attachments_that_are_damaged_are_refused(kind: str, tmp_path: Path) -> None:
    """Some of the published examples hold a ZIP that was cut short."""
    path = example(kind, "full")
    bad = sum(
        problem(document.findtext("{*}bestandsnaam") or "", document.findtext("{*}bestandsinhoud") or "") != ""
        for document in parse_bytes(path.read_bytes()).iter("{*}document")
    )
    convert(tmp_path / "out", path, EXAMPLES[kind], version="2018.1", datum="2017-03-02")
    refused = field_counts(tmp_path / "out", "refused", "bijlage-geweigerd")
    assert bad > 0
    assert sum(refused.values()) == bad
    others = field_counts(tmp_path / "out", "refused", "blok-onvolledig")
    assert {field.rpartition(".")[2] for field in others} == {"bestandsnaam", "omschrijving"}


@pytest.mark.parametrize(
    ("kind", "target"), part([(kind, target) for target in ("2017.1", "2018.1", "2019.1") for kind in EXAMPLES], 2)
)
def test_an_objection_stays_an_objection(kind: str, target: str, tmp_path: Path) -> None:
    path, name = example(kind, "opt_out"), EXAMPLES[kind]
    convert(tmp_path / "out", path, name, version=target)
    (made,) = (tmp_path / "out" / "dossiers").rglob("*.xml")

    def choices(data: bytes) -> set[str]:
        (block,) = parse_bytes(data).iter("{*}categorie_uitlevering")
        said = {
            etree.QName(choice).localname for choice in block.iterchildren(etree.Element) if choice.text == "OPT-UIT"
        }
        return {one.replace("zorgenbegeleiding", "onderwijsondersteuning") for one in said}

    assert choices(made.read_bytes()) == choices(path.read_bytes()) != set()


# --- the codes ---

INVERSE = {
    "geslacht-oso": "geslacht-naar-oso",
    "gewicht-oso": "gewicht-naar-oso",
    "relatie-oso": "relatie-naar-oso",
    "eindtoets-soort-oso": "eindtoets-soort-naar-oso",
    "eindtoets-niveau-oso-1.2.2": "eindtoets-niveau-tot-2015",
    "eindtoets-niveau-oso": "eindtoets-niveau-vanaf-2016",
    "ja-nee-oso": "ja-nee-naar-jn",
    "eindtoets-onderdeel-oso": "eindtoets-onderdeel-naar-oso",
    "eindtoets-domein-oso": "eindtoets-domein-naar-oso",
    "referentieniveau-oso": "referentieniveau-naar-oso",
}


def test_every_code_returns_as_itself() -> None:
    """Each table from OSO and the one to OSO, together: the same code, without loss, and all codes of the list."""
    used = {binding.codes for version in VERSIONS for binding in bindings(version) if binding.codes}
    assert used == set(INVERSE)
    for name, back in INVERSE.items():
        there, here = code_table(name), code_table(back)
        assert {code: here.entries[word] for code, word in there.entries.items()} == {
            code: code for code in there.entries
        }
        assert not there.lossy and not set(there.entries.values()) & set(here.lossy)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_code_of_a_list_can_be_read(version: str) -> None:
    """A code that the version allows is in the table of the field that reads it."""
    for at, reading in readings(profile(version).record):
        element = catalogue(version).at(at)
        if element is None or element.codelist is None or reading.normalise is None:
            continue
        for code in codes(element.codelist, version):
            assert reading.normalise(code), (at, code)


def bindings(version: str) -> Iterator[Binding]:
    def below(lists: dict[str, ListBinding]) -> Iterator[Binding]:
        for one in lists.values():
            yield from one.fields.values()
            yield from below(one.lists)

    model = find_profile(f"oso-{version}").model
    yield from model.fields.values()
    yield from below(model.lists)


def readings(node: LayoutNode) -> Iterator[tuple[str, FieldReader]]:
    if node.text is not None:
        yield node.path.partition("/")[2], node.text
    for child in node.children.values():
        yield from readings(child)
