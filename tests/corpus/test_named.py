"""Nothing stays behind without a name: a finding names every value that was refused or lost something.

And no value that arrived counts as refused.
"""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dod2oso.findings.model import Finding
from dod2oso.mapping.supplied import Supplied
from dod2oso.run.named import LOST, STAYED
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import LoadedProfile, shipped_profiles
from dod2oso.source.record import LOSSY, REFUSED, Cell
from dod2oso.source.register import read_register
from tests.corpus.anything import Maker
from tests.corpus.kit import PAIRS, pupil, read_export, reference, schools, write
from tests.corpus.test_balance import SMALL, converter, exports

PROFILES = {profile.name: profile for profile in shipped_profiles()}


def nameless(cells: Iterable[Cell], told: list[Finding]) -> list[tuple[str, str]]:
    """What stayed behind or lost something, field and reason, without a finding that says so of that field."""
    refused = {(finding.code, finding.field) for finding in told}
    refused |= {(finding.cause, finding.field) for finding in told if finding.code == STAYED}
    lossy = {finding.field for finding in told if finding.code in (LOST, "tekst-ingekort")}
    return [
        (cell.bound.field, cell.reason)
        for cell in cells
        if (cell.state == REFUSED and (cell.reason, cell.bound.field) not in refused)
        or (cell.state == LOSSY and cell.bound.field not in lossy)
    ]


def check(path: Path, profile: LoadedProfile, version: str, transfer: str, register: Path | None = None) -> set[str]:
    """The invariant over an export; the codes of its findings."""
    export = read_export(path, BoundProfile(profile, load_dictionary()))
    export.survey()
    convert = converter(version, transfer)
    if register is not None:
        convert.register = read_register(register)
    codes: set[str] = set()
    for record in export.dossiers():
        outcome = convert.convert(record)
        assert nameless(record.cells, outcome.findings) == []
        codes |= {finding.code for finding in outcome.findings}
    for record in export.dossiers():  # what was written down as taken is in the dossier, so it is not refused
        school = convert.register.find("99XX", "00")
        _nodes, here = convert.mapper.map(record, school, Supplied())
        assert [cell.bound.field for cell, _before, _path in here.journal if cell.state == REFUSED] == []
    convert.settle_shared(export.outside)
    assert nameless(export.outside.cells, export.outside.findings) == []
    return codes


@settings(max_examples=60)
@given(xml=exports(), pair=st.sampled_from(PAIRS))
def test_any_tree(xml: str, pair: tuple[str, str], tmp_path: Path) -> None:
    check(write(tmp_path / "a.xml", xml), SMALL, *pair)


@pytest.mark.parametrize("name", ["dod-referentie", "edexml-2.1", "oso-2017.1"])
def test_a_layout_full_of_anything(name: str, tmp_path: Path) -> None:
    source = random.Random(name)
    codes: set[str] = set()
    for number in range(8):
        version, transfer = source.choice(PAIRS)
        maker = Maker(PROFILES[name], number, mess=source.choice((0, 0.2)), fill=source.choice((0.4, 0.9)))
        codes |= check(write(tmp_path / f"{number}.xml", maker.export(2)), PROFILES[name], version, transfer)
    assert STAYED in codes


CARER = "<Verzorgers><Verzorger><Voornamen>Oma</Voornamen><Relatie>oma</Relatie></Verzorger></Verzorgers>"


@pytest.mark.parametrize(("version", "transfer"), [("2019.1", "POVO"), ("1.1.1", "POPO"), ("2018.1", "POSWV")])
def test_the_school_that_is_in_the_dossier_is_not_refused(version: str, transfer: str, tmp_path: Path) -> None:
    """Also when a part that repeats the school could not be made, and when the register gives the school's own data."""
    xml = reference(pupil(1, CARER), pupil(2, "<Verzuim/>"), pupil(3, Achternaam=""))
    path = write(tmp_path / "a.xml", xml)
    for register in (None, schools(tmp_path)):
        check(path, PROFILES["dod-referentie"], version, transfer, register)
        export = read_export(path, BoundProfile(PROFILES["dod-referentie"], load_dictionary()))
        export.survey()
        convert = converter(version, transfer)
        for record in export.dossiers():
            convert.convert(record)
        school = [cell for cell in export.outside.cells if cell.bound.field.startswith("school.")]
        assert school and [cell.bound.field for cell in school if cell.state == REFUSED] == []


def test_a_loss_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", reference(pupil(1, CARER)))
    export = read_export(path, BoundProfile(PROFILES["dod-referentie"], load_dictionary()))
    export.survey()
    (record,) = export.dossiers()
    told = [finding.field for finding in converter("2019.1", "POVO").convert(record).findings if finding.code == LOST]
    assert told == ["leerling.adressen[].soort"]  # a home address is a visiting address in OSO
