"""What reads an input: each does what a command would, and raises nothing but an error of ours."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from dod2oso.base.errors import Dod2osoError
from dod2oso.cli.settings import load_settings
from dod2oso.decide.doubles import FILE as DOUBLES
from dod2oso.decide.doubles import read_doubles
from dod2oso.decide.person import Signature
from dod2oso.decide.sheet import read_answers
from dod2oso.decide.testlist import read_test_codes
from dod2oso.mapping.compile import compile_plan, shipped_plan
from dod2oso.mapping.load import load_mapping
from dod2oso.oso.bundles.gather import gather
from dod2oso.oso.bundles.recognise import recognise
from dod2oso.oso.check_files import find_files, validate_file
from dod2oso.run.convert import Converter
from dod2oso.run.session import Options, make_converter
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.pins import Pins
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import load_profile, shipped_profiles
from dod2oso.source.register import read_register
from dod2oso.supplement.rows import read_supplements

VERSION, TRANSFER = "2019.1", "POVO"


def read_export(folder: Path) -> None:
    """Recognise, survey and convert, as a run does without its ledger; every balance adds up."""
    for found in find_exports([folder], Pins()).exports:
        try:
            with OpenExport(found) as opened:
                profile = opened.recognise(shipped_profiles())
                export = opened.export(BoundProfile(profile, load_dictionary()))
                export.survey()
                opened.fingerprint(profile.model)
                converter = _converter()
                for record in export.dossiers():
                    converter.convert_all([record])
                balance, _ = converter.settle_shared(export.outside)
                balance.verify("export")
        except Dod2osoError as error:
            _said(error)


def read_dossier(folder: Path) -> None:
    for path in find_files([folder]):
        validate_file(path)


def _one(read: Callable[[Path], object]) -> Callable[[Path], None]:
    def target(folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            read(path)

    return target


def _plan(path: Path) -> object:
    return compile_plan(load_mapping(path), VERSION, TRANSFER)


def _supplement(path: Path) -> object:
    return read_supplements([path], shipped_plan(VERSION, TRANSFER), load_dictionary())


def _decisions(path: Path) -> object:
    """Decisions of people in each of their forms; a list of test codes may be in the same forms."""
    if path.name == DOUBLES:
        return read_doubles(path.parent)
    if path.stem == "codes":
        return read_test_codes(path)
    return read_answers(path, Signature("W. Beheerder", "2026-11-28", "proef"))


TARGETS: dict[str, Callable[[Path], None]] = {
    "export": read_export,
    "register": _one(read_register),
    "supplement": _one(_supplement),
    "dossier": read_dossier,
    "profile": _one(load_profile),
    "mapping": _one(_plan),
    "settings": _one(load_settings),
    "decisions": _one(_decisions),
    "bundle": _one(lambda path: recognise(gather(path).technical)),
}


def attempt(kind: str, folder: Path) -> str:
    """What became of an input: read, or refused with one of our errors."""
    try:
        TARGETS[kind](folder)
    except Dod2osoError as error:
        _said(error)
        return "refused"
    return "read"


def _said(error: Dod2osoError) -> None:
    """A refusal must have words, in both languages."""
    if not error.text("nl").strip() or not error.text("en").strip():
        raise AssertionError(f"{error.code} says nothing")


@cache
def _converter() -> Converter:
    out = Path(mkdtemp())
    return make_converter(Options([], TRANSFER, VERSION, out, datum="2025-06-15"), "2025-06-15")()
