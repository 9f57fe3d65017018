"""Leave one out: pretend that a version did not come with dod2oso, take it in from its files, and compare.

In a copy of the package every trace of the version is taken out of the data (what began with it begins with the next
one, what ended with it ends before it). Its official files are the stand-ins of the tests, with the public XSD where
the shared folder is there. The sample region is run for every transfer, with the copy and with the real package; every
dossier must be valid for the XSD and the stylesheets, and the same but for what the release letter names: of a dossier
that differs every source field that ended otherwise must stand in the letter, else it is "not explained".

    python -m benchmarks.unknown_version [VERSION...]
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lxml import etree
from sqlalchemy import select

from dod2oso.base.resources import mappings_dir
from dod2oso.findings.outcome import FieldCount
from dod2oso.ledger.counts import unpacker
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.oso.schema import xsd_bytes
from dod2oso.oso.transfers import TRANSFERS, transfer
from dod2oso.oso.versions import VERSIONS, version
from tests.oso import standins

ROOT = Path(__file__).resolve().parents[1]
REGION = ROOT / "samples" / "regio"
LATER = "2999.1"  # stands for a version of which nothing is known yet


def pretend_unknown(folder: Path, name: str) -> Path:
    """A copy of the package that has never heard of this version."""
    copy = folder / "checkout"
    shutil.copytree(ROOT / "dod2oso", copy / "dod2oso", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(mappings_dir(), copy / "mappings")
    at = VERSIONS.index(name)
    before = VERSIONS[at - 1]
    after = VERSIONS[at + 1] if at + 1 < len(VERSIONS) else LATER
    year = name.split(".")[0]
    for path in (copy / "mappings").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if path.name == "versions.yaml":
            text = _versions(text, name, after)
        elif path.parent.name == "sources":
            text = text.replace(f"oso-{name}", f"oso-{LATER}").replace(f"gegevensset/{year}/", "gegevensset/2999/")
        else:
            text = _ranges(text, name, before, after)
        path.write_text(text, encoding="utf-8")
    source = copy / "mappings" / "sources" / f"oso-{name}.yaml"
    source.rename(source.with_name(f"oso-{LATER}.yaml"))
    return copy


def _versions(text: str, name: str, after: str) -> str:
    block = re.search(rf'"{re.escape(name)}":\n(?:  .*\n)+', text)
    assert block is not None
    year = name.split(".")[0]
    later = block[0].replace(name, LATER).replace(f"gegevensset/{year}/", "gegevensset/2999/")
    return text.replace(block[0], later if after == LATER else "")


def _ranges(text: str, name: str, before: str, after: str) -> str:
    last = after == LATER
    text = text.replace(f'since: "{name}"', f'since: "{after}"')
    text = text.replace(f'"{name}-"', f'"{after}-"').replace(f'oso: "{name}"', f'oso: "{before}"')
    if last:  # nothing was known to end with the version before it
        text = text.replace(f'until: "{before}"', f'until: "{LATER}"')
        return re.sub(rf'(["\s{{])([\d.]+)-{re.escape(before)}(?=["\s])', rf"\1\2-{LATER}", text)
    text = text.replace(f'until: "{name}"', f'until: "{before}"')
    return re.sub(rf'(["\s{{])([\d.]+)-{re.escape(name)}(?=["\s])', rf"\1\2-{before}", text)


def dod2oso(checkout: Path, data: Path, *arguments: object) -> str:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "DOD2OSO_DATA": str(data)}
    environment["SOURCE_DATE_EPOCH"] = "1749945600"
    command = [sys.executable, "-m", "dod2oso", *map(str, arguments)]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3, 4):
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


def region(checkout: Path, data: Path, out: Path, overstap: str, name: str) -> tuple[dict[str, bytes], float]:
    """The ready dossiers of the sample region by file name, and the seconds that took."""
    out.mkdir(parents=True)
    key = out / "project.key"
    key.write_text("a" * 64)
    key.chmod(0o600)
    began = time.monotonic()
    files = ("--schools", REGION / "scholen.csv", "--supplement", REGION / "aanvulling.csv", "--datum", "2025-06-15")
    dod2oso(checkout, data, "run", REGION / "exports", "--overstap", overstap, "--oso", name, "--out", out, *files)
    took = time.monotonic() - began
    return {path.name: path.read_bytes() for path in (out / "dossiers" / "ready").rglob("*.xml")}, took


def ended(out: Path, dossier_id: str) -> dict[FieldCount, int]:
    """How the source values of a dossier ended."""
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        packed = connection.scalar(select(dossiers.c.counts).where(dossiers.c.dossier_id == dossier_id))
        return {} if packed is None else unpacker(connection)(packed)[0]


def explained(file: str, built_in: Path, derived: Path, letter: str) -> bool:
    """Whether all that ended otherwise in the derived version is named in the release letter."""
    ours, theirs = (ended(out, file.removesuffix(".xml")) for out in (built_in, derived))
    fields = {key.field for key, _n in set(ours.items()) ^ set(theirs.items())}
    return bool(fields) and all(_named(field, letter) for field in fields)


def _named(field: str, letter: str) -> bool:
    """By its own name, or with the other fields of its list: "zorg.artsen[] (31)"."""
    head, of_list, _rest = field.partition("[]")
    return field in letter or f"{head}{of_list} (" in letter


def one(name: str) -> None:
    """Take the version in and print a line per transfer."""
    with tempfile.TemporaryDirectory() as folder:
        base, data = Path(folder), Path(folder) / "data"
        checkout = pretend_unknown(base, name)
        public = ROOT.parent / "shared" / "standards" / "oso" / name
        xsd = next(iter(sorted(public.glob("*.xsd"))), None)
        schema = xsd.read_bytes() if xsd is not None else xsd_bytes(name)
        standins.write(base / "bundle", standins.files(name, schema))
        began = time.monotonic()
        said = dod2oso(checkout, data, "bundle", "add", base / "bundle")
        print(f"{name}: taken in within {time.monotonic() - began:.1f} s\n{said}")
        letter = dod2oso(checkout, data, "oso", "diff", VERSIONS[VERSIONS.index(name) - 1], name)
        print(letter)
        valid = etree.XMLSchema(etree.fromstring(schema))
        heads = (
            "transfer",
            "ready built in",
            "ready derived",
            "the same",
            "not explained",
            "not valid",
            "seconds",
            "ratio",
        )
        print(f"| {' | '.join(heads)} |")
        print("|---" * len(heads) + "|")
        for overstap in (kind for kind in TRANSFERS if name in transfer(kind).versions):
            ours, before = region(ROOT, base / "none", base / "built-in" / overstap, overstap, name)
            derived, after = region(checkout, data, base / "derived" / overstap, overstap, name)
            other = [file for file, content in ours.items() if derived.get(file) != content]
            places = (base / "built-in" / overstap, base / "derived" / overstap)
            puzzling = sum(not explained(file, *places, letter) for file in other)
            wrong = sum(not valid.validate(etree.fromstring(content)) for content in derived.values())
            row = (
                overstap,
                len(ours),
                len(derived),
                len(ours) - len(other),
                puzzling,
                wrong,
                f"{before:.1f} / {after:.1f}",
                f"{after / before:.2f}",
            )
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ["2018.1", "2019.1"]:
        one(version(wanted).name)
