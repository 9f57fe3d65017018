"""A new OSO version that equals the last one costs two data files: a line in versions.yaml, a profile to read it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dod2oso.base import yaml as yamlfile
from dod2oso.base.resources import mappings_dir

ROOT = Path(__file__).parents[2]
REGION = ROOT / "samples" / "regio"
MOST_FILES = 2
KINDS = ("POVO", "POSWV")
NEW = """"2020.1":
  namespace: http://www.edustandaard.nl/oso_gegevensset/2020/dossier
  schoolyear: "2020-2021"
  standaardversie: "2020.1"
  validatieversie: "2020.1.1"
  masks: true
  layers: [gegevensset, ov, swv]
"""
PROFILE = """profile: oso-2020.1
describes: An OSO dossier (gegevensset 2020.1)
extends: oso-2019.1
match: {namespace: "http://www.edustandaard.nl/oso_gegevensset/2020/dossier"}
"""
RENAMED = ((b"2020/dossier", b"2019/dossier"), (b">2020.1<", b">2019.1<"), (b">2020.1.1<", b">2019.1.1<"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its data, to which the version is added."""
    copy = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "dod2oso", copy / "dod2oso")  # with what is compiled: that is of the same moments
    shutil.copytree(mappings_dir(), copy / "mappings")
    with (copy / "mappings" / "oso" / "versions.yaml").open("a", encoding="utf-8") as file:
        file.write(NEW)
    (copy / "mappings" / "sources" / "oso-2020.1.yaml").write_text(PROFILE, encoding="utf-8")
    return copy


COMMANDS = """
import json, sys
from dod2oso.cli.app import main
from dod2oso.run import pipeline
pipeline.DEFAULT_FORMATS = ()  # no report, which nobody here looks at
for words in json.loads(sys.argv[1]):
    sys.argv = ["dod2oso", *words]
    try:
        main()
    except SystemExit as stop:
        assert stop.code in (None, 0, 3), stop.code
    print("=====", flush=True)
"""


def dod2oso(checkout: Path, *commands: tuple[object, ...]) -> list[str]:
    """What each command says, one after the other in one process that has only this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "SOURCE_DATE_EPOCH": "1749945600"}
    given = json.dumps([list(map(str, command)) for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, given], cwd=checkout, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout.split("=====\n")[:-1]


def into(out: Path, overstap: str, *options: object) -> tuple[object, ...]:
    """The command that fills this folder; every folder has the same key."""
    key = out / "project.key"
    out.mkdir()
    key.write_text("a" * 64)
    key.chmod(0o600)
    return "run", "--overstap", overstap, "--datum", "2025-06-15", "--out", out, *options


def ready(out: Path) -> dict[str, bytes]:
    """The dossiers that are ready."""
    return {path.name: path.read_bytes() for path in (out / "dossiers" / "ready").rglob("*.xml")}


def test_two_data_files_are_touched(checkout: Path) -> None:
    before = {path.relative_to(ROOT / "mappings"): path.read_bytes() for path in mappings_dir().rglob("*.yaml")}
    folder = checkout / "mappings"
    after = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.yaml")}
    touched = sorted(str(name) for name in after if after[name] != before.get(name))
    assert len(touched) <= MOST_FILES, touched


def there_and_back(folder: Path, overstap: str) -> tuple[tuple[object, ...], ...]:
    """Commands that write the last version and this one, judge it, and read it again."""
    folder.mkdir()
    region = (
        REGION / "exports" / "dod-referentie-school-noord.xml",
        *("--schools", REGION / "scholen.csv", "--supplement", REGION / "aanvulling.csv"),
    )
    made = folder / "new" / "dossiers" / "ready"
    return (
        into(folder / "last", overstap, *region, "--oso", "2019.1"),
        into(folder / "new", overstap, *region),  # the newest there is
        ("validate", made),
        into(folder / "again", overstap, made, *region[1:], "--oso", "2019.1"),
    )


@pytest.fixture(scope="module")
def said(checkout: Path) -> dict[str, str]:
    """What `validate` said of each transfer; one process did them all, for it makes the plans anew."""
    found = dod2oso(checkout, *(command for kind in KINDS for command in there_and_back(checkout / kind, kind)))
    return dict(zip(KINDS, found[2::4], strict=True))


@pytest.mark.parametrize("overstap", KINDS)
def test_it_is_written_and_read(checkout: Path, said: dict[str, str], overstap: str) -> None:
    out = checkout / overstap
    last, new = ready(out / "last"), ready(out / "new")
    assert last
    assert sorted(map(_as_last, new.values())) == sorted(last.values())
    assert f"{len(new)}" in said[overstap]
    assert len(ready(out / "again")) == len(new)


def test_it_has_every_rule_and_every_code(checkout: Path) -> None:
    compare = (
        "from dod2oso.oso.rules.loading import rules\n"
        "from dod2oso.oso.codelists import codelists, codes\n"
        "from dod2oso.oso.transfers import all_transfers\n"
        "last, new = '2019.1', '2020.1'\n"
        "for layer in ('ov', 'swv'):\n"
        "    assert len(rules(new, layer)) > 100\n"
        "    assert [r.key for r in rules(new, layer)] == [r.key for r in rules(last, layer)]\n"
        "    assert [(r.official, r.advised) for r in rules(new, layer)] ==\\\n"
        "        [(r.official, r.advised) for r in rules(last, layer)]\n"
        "assert all(codes(number, new) == codes(number, last) for number in codelists())\n"
        "assert all(new in kind.versions for kind in all_transfers())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    subprocess.run([sys.executable, "-c", compare], env=environment, cwd=checkout, check=True)


def test_no_other_file_names_the_versions_in_a_closed_range() -> None:
    """Ranges end only where something really ended: never at the newest version."""
    names = list(yamlfile.load(mappings_dir() / "oso" / "versions.yaml").data)
    for path in mappings_dir().rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert f"-{names[-1]}" not in text.replace(f"oso-{names[-1]}", ""), path.name
        assert f'until: "{names[-1]}"' not in text, path.name


def _as_last(dossier: bytes) -> bytes:
    for new, old in RENAMED:
        dossier = dossier.replace(new, old)
    return dossier
