"""Exports on disk: repeatable, valid, of the right size and in flat memory."""

import tracemalloc
from pathlib import Path

import pytest
from lxml import etree
from typer import Typer
from typer.testing import CliRunner

from dod2oso.base.errors import UsageError
from dod2oso.base.xml import parse_bytes
from dod2oso.cli.generate import generate
from dod2oso.findings.outcome import Outcome
from dod2oso.generate import FORMATS, write_export
from dod2oso.generate.packages import PIN, SUFFIXES
from dod2oso.generate.pupil import name_and_birthday
from dod2oso.generate.region import write_region
from dod2oso.run.convert import Converter
from dod2oso.run.session import Options, make_converter
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.member import file_member
from dod2oso.source.container.pins import Pins
from tests.conftest import shared
from tests.generate.kit import read
from tests.refusals import refused

DATUM = "2025-06-15"


def _converter(folder: Path, transfer: str, version: str = "2019.1") -> Converter:
    options = Options(
        exports=[], transfer=transfer, version=version, out_dir=folder / "out",
        schools=folder / "scholen.csv", supplements=(folder / "aanvulling.csv",),
    )  # fmt: skip
    options.out_dir.mkdir()
    return make_converter(options, DATUM)()


def _outcomes(folder: Path, format: str, transfer: str) -> list[Outcome]:
    converter = _converter(folder, transfer)
    return [converter.convert(d) for path in sorted((folder / "exports").iterdir()) for d in read(path, format)]


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path, format: str) -> None:
    suffix = SUFFIXES.get(format, ".xml")
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        (tmp_path / name).mkdir()
        write_export(tmp_path / name / f"export{suffix}", format, 30, seed)
    a, b, c = (_content(tmp_path / name / f"export{suffix}") for name in "abc")
    assert a == b != c


def _content(path: Path) -> dict[str, bytes]:
    """The bytes of every file; of a protected zip those inside, for its encryption begins with a random number."""
    found = find_exports([path], Pins((PIN,))).exports[0]
    members = found.members or (file_member(path, path.name),)
    return {member.name: member.open().read() for member in (*members, *found.loose)}


def test_a_pupil_does_not_depend_on_how_many_came_before(tmp_path: Path) -> None:
    write_export(tmp_path / "all.xml", "dod-referentie", 12, 3)
    write_export(tmp_path / "tail.xml", "dod-referentie", 4, 3, first=8)
    every = [dossier.root.value("leerling.bsn") for dossier in read(tmp_path / "all.xml", "dod-referentie")]
    tail = [dossier.root.value("leerling.bsn") for dossier in read(tmp_path / "tail.xml", "dod-referentie")]
    assert every[8:] == tail


def test_no_two_pupils_of_a_large_school_look_like_one() -> None:
    found = {name_and_birthday("po", number, 5)[1:] for number in range(15_000)}
    assert len(found) == 15_000


def test_edexml_is_valid_by_the_public_schema(tmp_path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(shared("standards", "edexml", "2.1", "EDEXML.structuur.xsd"))))
    write_export(tmp_path / "po.xml", "edexml-2.1", 60)
    write_export(tmp_path / "vo.xml", "edexml-2.1", 20, kind="vo")
    for name in ("po.xml", "vo.xml"):
        schema.validate(etree.parse(str(tmp_path / name)))
        assert list(schema.error_log) == []


@pytest.mark.parametrize(
    ("format", "kind", "transfer"),
    [
        ("dod-referentie", "po", "POVO"),
        ("dod-referentie", "po", "POSWV"),
        ("dod-referentie", "vo", "VOVO"),
        ("edexml-2.1", "po", "POVO"),
        ("edexml-2.1", "vo", "VOSWV"),
    ],
)
def test_with_register_and_supplement_every_dossier_is_ready(
    tmp_path: Path, format: str, kind: str, transfer: str
) -> None:
    write_region(tmp_path, format, 30, 3, 2, "vo" if kind == "vo" else "po")
    outcomes = _outcomes(tmp_path, format, transfer)
    assert [outcome.state for outcome in outcomes] == ["ready"] * 30
    assert len({outcome.brin for outcome in outcomes}) == 3


def test_a_typical_dossier_has_the_size_of_a_real_one(tmp_path: Path) -> None:
    write_region(tmp_path, "dod-referentie", 24, 1, 1, typical=True)
    made = [outcome.xml or b"" for outcome in _outcomes(tmp_path, "dod-referentie", "POVO")]
    elements = sum(sum(1 for _ in parse_bytes(xml).iter()) for xml in made) / len(made)
    size = sum(map(len, made)) / len(made)
    assert 390 < elements < 470
    assert 16_000 < size < 22_000


def test_memory_does_not_grow_with_the_number_of_pupils(tmp_path: Path) -> None:
    def peak(pupils: int) -> int:
        tracemalloc.start()
        write_export(tmp_path / "export.xml", "dod-referentie", pupils, typical=True)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    write_export(tmp_path / "export.xml", "dod-referentie", 1)  # profile and tables are loaded once
    assert peak(200) < peak(20) + 200_000


def test_an_unknown_format_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="dod-referentie"):
        write_export(tmp_path / "export.xml", "csv", 1)


def test_the_command_makes_a_region(tmp_path: Path) -> None:
    app = Typer()
    app.command()(generate)
    options = ["--format", "edexml-2.1", "--pupils", "7", "--schools", "2", "--seed", "3"]
    result = CliRunner().invoke(app, [str(tmp_path / "regio"), *options])
    assert result.exit_code == 0, result.output
    assert result.stdout == ""  # data goes to files, everything else to stderr
    exports = sorted(path.name for path in (tmp_path / "regio" / "exports").iterdir())
    assert exports == ["edexml-2.1-99xa-00.xml", "edexml-2.1-99xb-00.xml"]
    assert [len(list(read(tmp_path / "regio" / "exports" / name, "edexml-2.1"))) for name in exports] == [4, 3]
    assert len((tmp_path / "regio" / "scholen.csv").read_text().splitlines()) == 3
    assert len((tmp_path / "regio" / "aanvulling.csv").read_text().splitlines()) == 8


def test_existing_exports_are_not_overwritten(tmp_path: Path) -> None:
    write_region(tmp_path, "edexml-2.1", 2, 1, 1)
    with refused(UsageError, "exports-folder-not-empty"):
        write_region(tmp_path, "edexml-2.1", 2, 1, 1)


def test_more_schools_than_pupils_is_told(tmp_path: Path) -> None:
    with refused(UsageError, "schools-more-than-pupils"):
        write_region(tmp_path, "edexml-2.1", 2, 3, 1)
