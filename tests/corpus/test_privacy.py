"""Invariant 5, personal data stays put: values of an export are in the dossiers and nowhere else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dod2oso.run.books import Books
from dod2oso.source.profile import find_profile
from tests.cli.kit import Ended
from tests.cli.kit import dod2oso as run_command
from tests.corpus.anything import Maker
from tests.corpus.kit import CONSENT, PAIRS, bsn, pupil, reference, schools, supplement, tree, write
from tests.sweeps import part

NUMBER, OTHER_NUMBER, WRONG_NUMBER = bsn(40), bsn(41), "999949999"
MARKERS = (
    "Xenofontovic", "Quirijnsdottir", "Zwartewaterallee", "Ypsilonië", "6789QZ", "0698765432", "kwispel@example.org",
    "zeervertrouwelijk", "Dokterspiegel", "31-02-2007", "2007-12-24", "24-12-2007", "kattebel", "leerlingnummer77",
    "Oorvijg", "zoekgeraakt", NUMBER, OTHER_NUMBER, WRONG_NUMBER,
)  # fmt: skip


@pytest.fixture(name="call")
def _call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    return lambda *arguments: run_command(capsys, monkeypatch, *arguments)


def marked(number: str, **fields: str) -> str:
    """A pupil of whom everything is marked, with much that goes wrong: every message has a chance to show something."""
    extra = (
        "<Contactgegevens><Contact soort='telefoon'>0698765432</Contact><Contact soort='duif'>kattebel</Contact>"
        "<Contact soort='e-mail'>kwispel@example.org</Contact></Contactgegevens>"
        "<Zorg><Diagnoses><Diagnose code='zeervertrouwelijk'><Naam>zeervertrouwelijk</Naam></Diagnose></Diagnoses>"
        "<Artsen><Arts><Achternaam>Dokterspiegel</Achternaam></Arts><Arts><Achternaam>Oorvijg</Achternaam></Arts></Artsen>"
        "<Tlv/><Medicijnen>zeervertrouwelijk</Medicijnen></Zorg>"
        "<Bijlagen><Bestand naam='Xenofontovic.exe'><Inhoud>zeervertrouwelijk</Inhoud></Bestand></Bijlagen>"
        "<Vreemd kenmerk='zeervertrouwelijk'>Quirijnsdottir</Vreemd><Uitgeschreven>31-02-2007</Uitgeschreven>"
        "<Gewicht>zoekgeraakt</Gewicht><Tehuis>zoekgeraakt</Tehuis><Achternaam>Quirijnsdottir</Achternaam>"
        f"<Sofinummer>{OTHER_NUMBER}</Sofinummer><Pgn>{WRONG_NUMBER}</Pgn><Onderwijsnummer>{WRONG_NUMBER}</Onderwijsnummer>"
    )
    values = {
        "Leerlingnummer": "leerlingnummer77", "Voornamen": "Quirijnsdottir", "Achternaam": "Xenofontovic",
        "Geboortedatum": "24-12-2007", "Bsn": number, "Geboorteplaats": "Ypsilonië", "Ingeschreven": "24-12-2007",
    }  # fmt: skip
    return pupil(1, extra, **values | fields).replace("Teststraat", "Zwartewaterallee").replace("1234 ab", "6789 qz")


def shown(markers: tuple[str, ...], data: bytes) -> list[str]:
    """Markers that stand in the data, in any notation that a program might leave behind."""
    found = []
    for marker in markers:
        plain = marker.encode()
        forms = {plain, plain.lower(), plain.upper(), marker.encode("utf-16-le"), json.dumps(marker)[1:-1].encode()}
        if any(form in data for form in forms):
            found.append(marker)
    return found


def check(out: Path, *texts: str) -> None:
    for text in texts:
        assert shown(MARKERS, text.encode()) == []
    seen = set()
    for name, data in tree(out).items():
        assert shown(MARKERS, name.encode()) == [], name
        seen.add(name.partition("/")[0])
        inside = name.startswith(("dossiers/", "outbox/")) and name.endswith(".xml")
        if not inside:
            assert shown(MARKERS, data) == [], name
    assert {"ledger.sqlite", "report"} <= seen


MARKED = [("2019.1", "POVO"), ("1.1.1", "POPO"), ("2018.1", "VOSWV"), ("2016.1", "VOVO")]


@pytest.mark.parametrize(
    ("version", "transfer", "lang"),
    [(*kind, lang) for turn, kind in enumerate(MARKED) for lang in part(("nl", "en"), 2, begin=turn)],
)
def test_a_run_over_marked_data(
    version: str, transfer: str, lang: str, call: Callable[..., Ended], tmp_path: Path
) -> None:
    exports = [
        write(tmp_path / "a.xml", reference(marked(NUMBER), marked(OTHER_NUMBER), marked("", Achternaam=""))),
        write(tmp_path / "b.xml", reference(marked(WRONG_NUMBER, Geboortedatum="31-02-2007"))),
        write(tmp_path / "c.xml", reference(marked(NUMBER))[:-40]),
        write(tmp_path / "d.xml", f"<Onbekend naam='Xenofontovic'>{marked(NUMBER)}</Onbekend>"),
    ]
    given = supplement(
        tmp_path,
        {"brin": "99XX", "leerlingid": "leerlingnummer77", **CONSENT, "leerling.tehuis": "zoekgeraakt"},
        {"brin": "99XX", "leerlingid": "zoekgeraakt"},
        {"brin": "99XX", "achternaam": "Xenofontovic", "geboortedatum": "24-12-2007", "leerling.bsn": WRONG_NUMBER},
        {"brin": "99XX", "achternaam": "Quirijnsdottir", "geboortedatum": "24-12-2007"},
    )
    arguments = ["run", *exports, "--overstap", transfer, "--oso", version, "--out", tmp_path / "out", "--lang", lang,
                 "--schools", schools(tmp_path), "--supplement", given]  # fmt: skip
    ended = call(*arguments)
    assert ended.code == 4
    assert any(shown(MARKERS, data) for name, data in tree(tmp_path / "out").items() if name.startswith("dossiers/"))
    check(tmp_path / "out", ended.out, ended.err)
    again = call(*arguments, "--json")
    check(tmp_path / "out", again.out, again.err)
    for command in (("status", "--out", tmp_path / "out", "--json"), ("report", "--out", tmp_path / "out")):
        shown_again = call(*command)
        check(tmp_path / "out", shown_again.out, shown_again.err)


def test_a_bug_in_the_middle_of_a_pupil(
    call: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Books, record: object) -> None:
        raise ValueError([cell.value for cell in record.cells])  # type: ignore[attr-defined]

    monkeypatch.setattr(Books, "settle", broken)
    export = write(tmp_path / "a.xml", reference(marked(NUMBER)))
    ended = call("run", export, "--overstap", "POVO", "--out", tmp_path / "out")
    assert ended.code == 1
    assert shown(MARKERS, (ended.out + ended.err).encode()) == []
    for name, data in tree(tmp_path / "out").items():
        assert shown(MARKERS, data) == [], name


def test_wrong_files_of_the_user_are_not_quoted(call: Callable[..., Ended], tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    texts = {
        "--supplement": [
            f"Xenofontovic;{NUMBER}\nQuirijnsdottir;x\n",
            "leerlingid;leerling.x\nleerlingnummer77;zoekgeraakt\n",
            "brin;leerling.tehuis\n;zoekgeraakt\n",
            f"{NUMBER};{NUMBER}\n",
            "a;b\n1;2;Xenofontovic\n",
        ],
        "--schools": [
            "Xenofontovic;6789QZ\n",
            "brin;naam\n;Xenofontovic\n",
            "brin;naam\n99XX;Xenofontovic\n99XX;Oorvijg\n",
        ],
    }
    for option, wrong in texts.items():
        for text in wrong:
            path = write(tmp_path / "fout.csv", text)
            for lang in ("nl", "en"):
                ended = call(
                    "run", export, "--overstap", "POVO", "--out", tmp_path / "out", option, path, "--lang", lang
                )
                assert ended.code == 5, text
                assert shown(MARKERS, (ended.out + ended.err).encode()) == [], text


@pytest.mark.parametrize("seed", range(3))
def test_odd_values_anywhere_in_the_layout(seed: int, call: Callable[..., Ended], tmp_path: Path) -> None:
    """Every text in the whole layout is the marker, so every message there is has a chance to show it."""
    maker = Maker(find_profile("dod-referentie"), seed, mess=0.05, fill=0.8)
    maker.values.of = lambda reading: (  # type: ignore[method-assign]
        "99XX"
        if reading.bound.field == "school.brin"
        else "1"
        if reading.bound.place == "@versie"
        else "zeervertrouwelijk"
    )
    xml = maker.export(4).replace("<DodReferentie", "<DodReferentie", 1)
    head, _, rest = xml.partition("<DodReferentie")
    xml = f"{head}<DodReferentie versie='1'>{rest.partition('>')[2]}"
    version, transfer = PAIRS[seed * 7]
    ended = call(
        "run", write(tmp_path / "a.xml", xml), "--overstap", transfer, "--oso", version, "--out", tmp_path / "out"
    )
    assert ended.code == 3, ended.err
    check(tmp_path / "out", ended.out, ended.err)


@pytest.mark.parametrize("field", ["Brin", "Vestiging"])
def test_what_stands_where_a_school_number_should(field: str, call: Callable[..., Ended], tmp_path: Path) -> None:
    """The number of a school is written down outside the dossiers; no other text may pass for one."""
    school = "<School><Naam>S</Naam><Brin>99XX</Brin><Vestiging>0</Vestiging></School>"
    school = school.replace("99XX" if field == "Brin" else ">0<", "Quirijnsdottir" if field == "Brin" else ">Oorvijg<")
    export = write(tmp_path / "a.xml", reference(pupil(1), school=school))
    ended = call("run", export, "--overstap", "POVO", "--out", tmp_path / "out")
    assert ended.code == 3
    check(tmp_path / "out", ended.out, ended.err)
