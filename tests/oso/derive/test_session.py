"""A version that nobody built in, from the files of a user to dossiers that are handed over: docs/nieuwe-versie.md."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from lxml import etree

from dod2oso.base.caches import versions_changed
from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.cli.app import main
from dod2oso.mapping.compile import compile_plan
from dod2oso.mapping.load import load_mapping
from dod2oso.oso import added
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.codelists import codes
from dod2oso.oso.derive.compare import Moved, compare
from dod2oso.oso.official import official_checker
from dod2oso.oso.requirements import requirements
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.transfers import all_transfers
from dod2oso.oso.versions import VERSIONS, known_versions, newest, version, version_of_namespace
from dod2oso.source.profile import find_profile
from tests.oso import standins

pytest.importorskip("saxonche", reason="needs the extra official")

ROOT = Path(__file__).parents[3]
DOC = ROOT / "docs" / "nieuwe-versie.md"
REGION = ROOT / "samples" / "regio"
V = "2031.1"
ADVICE = "huidigeschool/leerling/overstapadvies"


class Session:
    """A folder in which a user works, with the commands of the document."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"DOD2OSO_DATA": str(folder / "data"), "SOURCE_DATE_EPOCH": "1749945600"}
        self.said: list[str] = []
        self.prepared = ""  # what the run said with which the session begins

    def run(self, command: str, *, codes: tuple[int, ...] = (0, 3), **changed: str) -> str:
        """The command as a user types it here, in this process: a version that it adds is known to all that follows."""
        words = shlex.split(command)
        assert words[0] == "dod2oso"
        said = io.StringIO()
        code: object = 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", words)
            for name, value in (self.environment | changed).items():
                patch.setenv(name, value)
            versions_changed()
            official_checker.cache_clear()
            try:
                main()
            except SystemExit as stop:
                code = stop.code or 0
        versions_changed()
        official_checker.cache_clear()
        assert code in codes, (command, code, said.getvalue())
        return said.getvalue()

    def process(self, command: str, path: str, *, codes: tuple[int, ...] = (0, 3)) -> str:
        """The command in a process of its own, which finds its modules on this path."""
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(command)],
            cwd=self.folder,
            env={**os.environ, **self.environment, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in codes, (command, done.returncode, done.stderr)
        return done.stdout + done.stderr


def commands() -> list[str]:
    """The commands of the session, as the document has them."""
    block = re.search(r"```\n(dod2oso bundle add.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return block[1].strip().splitlines()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("nieuw")
    made = standins.made_up(V)
    for part in ("OV", "PaO"):
        inside = {name.removeprefix(f"{part}/"): data for name, data in made.items() if name.startswith(f"{part}/")}
        (folder / f"OSO_{V}_{part}.zip").write_bytes(standins.zipped(inside))
    (folder / "exports").mkdir()
    for name in ("dod-referentie-school-noord.xml",):
        (folder / "exports" / name).write_bytes((REGION / "exports" / name).read_bytes())
    for name in ("scholen.csv", "aanvulling.csv"):
        (folder / name).write_bytes((REGION / name).read_bytes())
    done = Session(folder)
    run_2019 = commands()[2].replace("--oso 2031.1 --mapping mapping-2031.1.yaml", "--oso 2019.1")
    done.prepared = done.run(run_2019.replace("uitvoer-2031", "uitvoer-2019"))
    for number, command in enumerate(commands()):
        if number == 2:
            _decide(folder / "mapping-2031.1.yaml")
        done.said.append(done.run(command))
    return done


def _decide(path: Path) -> None:
    """What a person does: take away the # of the lines for the element with another name, and of the blocks around."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("# dossier:")
    new = next(i for i in range(start, len(lines)) if "# nieuw:" in lines[i])
    for i in range(start, new):
        lines[i] = lines[i].removeprefix("# ")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def here(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """This process knows the version too."""
    monkeypatch.setenv("DOD2OSO_DATA", session.environment["DOD2OSO_DATA"])
    versions_changed()
    yield session
    monkeypatch.undo()
    versions_changed()


def ready(session: Session, out: str) -> list[Path]:
    return sorted((session.folder / out / "dossiers" / "ready").rglob("*.xml"))


def test_five_commands() -> None:
    assert len(commands()) == 5


def test_every_dossier_that_was_ready_is_ready_in_the_new_version(session: Session) -> None:
    old, new = ready(session, "uitvoer-2019"), ready(session, "uitvoer-2031")
    assert len(new) == len(old) > 0
    assert f"{len(new)} geldig" in session.said[3]
    outbox = list((session.folder / "uitvoer-2031" / "outbox").glob("*.xml"))
    assert len(outbox) == len(new)


def test_the_dossiers_are_valid_for_the_official_schema(session: Session) -> None:
    made = standins.made_up(V)
    schema = etree.XMLSchema(etree.fromstring(made[f"OV/OSO_gegevensset_{V}.xsd"]))
    for path in ready(session, "uitvoer-2031"):
        assert schema.validate(etree.fromstring(path.read_bytes())), path.name


def test_dossiers_differ_only_in_what_the_letter_names(session: Session) -> None:
    def plain(path: Path) -> bytes:
        text = path.read_bytes()
        for new, old in ((b"/2031/", b"/2019/"), (b"2031.1", b"2019.1"), (b"bijzonderheden>", b"aandachtspunten>")):
            text = text.replace(new, old)
        return text

    old, new = ready(session, "uitvoer-2019"), ready(session, "uitvoer-2031")
    assert sorted(map(plain, new)) == sorted(path.read_bytes() for path in old)


def test_the_letter(session: Session) -> None:
    letter, page = session.said[1], (session.folder / "brief.html").read_text(encoding="utf-8")
    assert "2 nieuwe elementen of blokken, 1 weg" in letter
    assert f"misschien hernoemd: {ADVICE}/aandachtspunten" in letter
    assert "codelijst 4 Communicatie soort: nieuw app; weg -; velden: huidigeschool/communicatielijst" in letter
    count = len(ready(session, "uitvoer-2019"))
    assert f"Van uw {count} klare dossiers verliezen er" in letter
    for line in letter.splitlines():
        if line.startswith("  ") and "<" not in line:
            assert line.strip().replace("'", "&#x27;") in page


def test_proposals_stand_in_one_tree_and_may_all_be_taken(session: Session, tmp_path: Path) -> None:
    """However many are chosen, each block around them stands there once."""
    written = tmp_path / "mapping.yaml"
    session.run(f"dod2oso oso diff 2019.1 {V} --mapping {written}")
    lines = written.read_text(encoding="utf-8").splitlines()
    start = lines.index("# dossier:")
    chosen = [line.removeprefix("# ").replace("een.veld", "advies.aandachtspunten") for line in lines[start:]]
    written.write_text("\n".join([*lines[:start], *chosen]) + "\n", encoding="utf-8")
    assert sum(line.strip() == "overstapadvies:" for line in chosen) == 1
    said = session.run(f"dod2oso mapping check --mapping {written}")
    assert "volledig" in said


def test_that_the_year_is_over_is_said_in_run_report_doctor_and_manifest(session: Session) -> None:
    said = "OSO 2019.1 geldt voor schooljaar 2019-2020"
    assert said in session.prepared
    out = session.folder / "uitvoer-2019"
    assert said in (out / "report" / "gaps.html").read_text(encoding="utf-8")
    manifests = [path.read_text(encoding="utf-8") for path in (out / "outbox").glob("*.json")]
    assert manifests and all(said in text for text in manifests)
    nothing_added = {"DOD2OSO_DATA": str(session.folder / "niets")}
    assert said in session.run("dod2oso doctor", **nothing_added)
    assert said not in session.run("dod2oso doctor")


def test_the_version_is_known_everywhere(here: Session) -> None:
    assert known_versions() == (*VERSIONS, V)
    assert newest() == V
    known = version(V)
    assert (known.nearest, known.schoolyear, known.masks) == (VERSIONS[-1], "2031-2032", True)
    assert version_of_namespace(known.namespace) is known
    assert [kind.name for kind in all_transfers() if V in kind.versions] == [kind.name for kind in all_transfers()]
    assert find_profile(f"oso-{V}").model.match.namespace == known.namespace
    assert "app" in codes(4, V)


def test_what_differs(here: Session) -> None:
    found = compare("2019.1", V)
    assert found.added == [f"{ADVICE}/bijzonderheden", f"{ADVICE}/doorstroomtoets"]
    assert found.gone == [f"{ADVICE}/aandachtspunten"]
    assert found.perhaps == [Moved(f"{ADVICE}/aandachtspunten", f"{ADVICE}/bijzonderheden")]
    assert {one.path.rpartition("/")[2]: (one.new, one.gone) for one in found.codes} == {"soort": (("app",), ())}
    assert (found.narrowed, found.widened, found.transfers_gone, found.categories_gone) == ([], [], [], [])


def test_own_rules_judge_where_they_agreed_and_advise_elsewhere(here: Session) -> None:
    for layer in ("ov", "swv"):
        rules = ruleset(V, layer).rules
        firm = {rule.key for rule in rules if not rule.advised}
        assert len(firm) > 150
        assert firm == set(added.added()[V].promoted[layer]) & {rule.key for rule in rules}
    assert "leerlingid-verplicht" in " ".join(added.added()[V].promoted["ov"])
    assert requirements(V, "POVO")["huidigeschool/leerling/leerlingid"].level == "required"


def test_coverage_of_the_small_mapping(here: Session) -> None:
    mapping = load_mapping(here.folder / "mapping-2031.1.yaml")
    assert compile_plan(mapping, V, "POVO").readers["advies.aandachtspunten"] == (f"{ADVICE}/bijzonderheden",)
    shipped = compile_plan(load_mapping(), V, "POVO")
    assert shipped.dropped["advies.aandachtspunten"] == "geen-plaats"
    assert "volledig" in here.run("dod2oso mapping check --mapping mapping-2031.1.yaml")


def test_a_doorstroomtoets_goes_where_the_new_version_has_a_place(here: Session, tmp_path: Path) -> None:
    overlay = tmp_path / "later.yaml"
    overlay.write_text(
        "language: 1\nmapping: later\ndescribes: later\nextends: dod-oso\nnot-dropped: [doorstroomtoets.naam]\n"
        "dossier: {huidigeschool: {leerling: {overstapadvies: {doorstroomtoets: {from: doorstroomtoets.naam}}}}}\n"
    )
    plan = compile_plan(load_mapping(overlay), V, "POVO")
    assert plan.readers["doorstroomtoets.naam"] == (f"{ADVICE}/doorstroomtoets",)
    assert "doorstroomtoets.naam" not in plan.told and plan.told["advies.voorlopig"] == "advies-sinds-2023-blijft"
    assert compile_plan(load_mapping(), V, "POVO").told["doorstroomtoets.naam"] == "advies-sinds-2023-blijft"


def test_the_new_version_is_read_as_a_source(session: Session) -> None:
    out = "uitvoer-terug"
    session.process(
        "dod2oso run uitvoer-2031/dossiers/ready --overstap POVO --oso 2019.1 --schools scholen.csv"
        f" --supplement aanvulling.csv --datum 2025-06-15 --out {out}",
        str(ROOT),
    )
    assert len(ready(session, out)) == len(ready(session, "uitvoer-2031"))


def test_a_broken_dossier_is_refused_by_the_official_judge(session: Session) -> None:
    text = ready(session, "uitvoer-2031")[0].read_bytes()
    (session.folder / "stuk.xml").write_bytes(re.sub(rb"<leerlingid>.*?</leerlingid>", b"", text))
    found = json.loads(session.run("dod2oso validate stuk.xml --json"))["files"][0]
    assert found["verdict"] == "invalid"
    assert found["official"]["messages"]


def test_without_the_judge_nothing_is_ready(session: Session) -> None:
    blocked = session.folder / "zonder"
    blocked.mkdir(exist_ok=True)
    (blocked / "saxonche.py").write_text("raise ImportError\n", encoding="utf-8")
    path = f"{blocked}{os.pathsep}{ROOT}"
    command = commands()[2].replace("uitvoer-2031", "uitvoer-zonder")
    said = session.process(command, path)
    assert ready(session, "uitvoer-zonder") == []
    gaps = (session.folder / "uitvoer-zonder" / "report" / "gaps.json").read_text(encoding="utf-8")
    assert "officieel-oordeel-ontbreekt" in gaps
    assert "0  klaar" in said
    found = session.process(f"dod2oso validate {ready(session, 'uitvoer-2031')[0]}", path, codes=(6, 4, 0, 3))
    assert "geldig" not in found.replace("niet geldig", "")


def test_what_is_shown_and_exported(here: Session) -> None:
    shown = here.run(f"dod2oso oso show {V}")
    assert "Afgeleid van de officiële bestanden" in shown
    assert re.search(r"sha256 [0-9a-f]{16}", shown)
    assert f"{V}  schooljaar 2031-2032  door u toegevoegd" in here.run("dod2oso oso show")
    exported = here.run(f"dod2oso oso export {V}")
    assert "doorstroomtoets?:" in exported
    assert "dossier:" in here.run("dod2oso oso export 2019.1")
    english = here.run(f"dod2oso oso diff 2019.1 {V} --lang en")
    assert "perhaps renamed" in english


def test_what_was_changed_by_hand_is_refused(here: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    shutil.copytree(here.environment["DOD2OSO_DATA"], tmp_path / "data")
    monkeypatch.setenv("DOD2OSO_DATA", str(tmp_path / "data"))
    versions_changed()
    path = added.folder_of(V) / added.CATALOGUE
    path.write_text(path.read_text(encoding="utf-8").replace("doorstroomtoets", "doorstromen"), encoding="utf-8")
    with pytest.raises(ConfigurationError):
        catalogue(V)


def test_removing_the_bundle_forgets_the_version(here: Session, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(here.environment["DOD2OSO_DATA"], tmp_path / "data")
    here.run(f"dod2oso bundle remove {V}", DOD2OSO_DATA=str(tmp_path / "data"))
    assert V not in here.run("dod2oso oso show", DOD2OSO_DATA=str(tmp_path / "data"))
    here.run(f"dod2oso run exports --overstap POVO --oso {V}", DOD2OSO_DATA=str(tmp_path / "data"), codes=(2,))


def test_an_unknown_version_is_still_unknown() -> None:
    with pytest.raises(UsageError):
        version("2099.1")
