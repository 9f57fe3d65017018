"""What the official verdict costs: our way of asking the official stylesheets, against Saxon alone on the same bytes.

    python -m benchmarks.official [VERSION...]

Per further dossier: processor time of the whole process tree, of a run over many dossiers minus one over few, so that
starting up and compiling the stylesheet count for nothing. The stylesheets are the stand-ins of the tests. Nothing here
is asserted: machines differ.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.oso.official import official_checker
from dod2oso.oso.schema import xsd_bytes
from dod2oso.oso.verdict import check
from dod2oso.oso.versions import version as known
from tests.oso import standins
from tests.oso.dossiers import full_dossier, minimal_dossier

TRANSFER, LAYER = "POVO", "ov"
FEW, MANY, TURNS = 50, 650, 3
ROOT = Path(__file__).resolve().parents[1]


def dossiers(version: str, number: int) -> list[bytes]:
    """As many as asked, in turns full and minimal."""
    made = [full_dossier(version, TRANSFER), minimal_dossier(version, TRANSFER)]
    return [made[n % 2] for n in range(number)]


def bare(version: str, number: int, sheet: Path) -> None:
    """Saxon alone: read the document, transform, throw the answer away."""
    import saxonche

    with saxonche.PySaxonProcessor(license=False) as processor:
        compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))
        for data in dossiers(version, number):
            compiled.transform_to_string(xdm_node=processor.parse_xml(xml_text=data.decode()))


def ours(version: str, number: int, _sheet: Path) -> None:
    """The same documents through our checker; our own verdict, with which it is compared, is made once."""
    judge = official_checker()
    verdicts = {data: check(parse_bytes(data), version, LAYER) for data in set(dossiers(version, 2))}
    for data in dossiers(version, number):
        judge(parse_bytes(data), version, LAYER, verdicts[data])
    judge.close()  # waited for, so that its time counts


ARMS = {"bare": bare, "ours": ours}


def seconds(arm: str, version: str, number: int, sheet: Path, data: Path) -> float:
    """Processor seconds of a process that does this, and of all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "DOD2OSO_DATA": str(data)}
    command = [sys.executable, "-m", "benchmarks.official", "--arm", arm, version, str(number), str(sheet)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def one(version: str) -> None:
    """Print the milliseconds per further dossier of both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        base, data = Path(folder) / "bundle", Path(folder) / "data"
        standins.write(base, standins.files(version, xsd_bytes(version)))
        environment = {**os.environ, "DOD2OSO_DATA": str(data)}
        command = [sys.executable, "-m", "dod2oso", "bundle", "add", str(base)]
        subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        sheet = next(path for path in sorted((data / "bundles" / version / LAYER).glob("*.xsl")))
        best = {
            arm: min(
                seconds(arm, version, MANY, sheet, data) - seconds(arm, version, FEW, sheet, data) for _ in range(TURNS)
            )
            for arm in ARMS
        }
    each = {arm: took / (MANY - FEW) * 1000 for arm, took in best.items()}
    ratio = each["ours"] / each["bare"]
    print(
        f"OSO {version}: bare {each['bare']:.2f} ms, ours {each['ours']:.2f} ms per dossier, ratio {ratio:.2f}",
        flush=True,
    )


def main() -> None:
    """Measure and print, or be one of the processes that are measured."""
    if sys.argv[1:2] == ["--arm"]:
        arm, version, number, sheet = sys.argv[2:]
        ARMS[arm](version, int(number), Path(sheet))
        return
    print(f"lxml {etree.__version__}, processor time, least of {TURNS}")
    for wanted in sys.argv[1:] or ["2019.1", "1.1.1"]:
        one(known(wanted).name)


if __name__ == "__main__":
    main()
