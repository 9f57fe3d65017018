"""Beside what else exists: the same dossiers through the C floor, plain scripts, known packages, and through us.

    python -m benchmarks.peers [DOSSIERS]      500; needs the packages of the group `bench` of pyproject.toml

Prints processor seconds per thousand further dossiers, of each process with all that it starts, and how many times ours
that is. What has to be made once (a schema, classes, a stylesheet) is made before the clock runs; of ours a run of 50
dossiers is taken off. Every peer does less than we do, and each line says what:

- *C floor*: lxml parses input and output, checks the schema and writes the output again (benchmarks/floor.py);
- *XSLT 1.0*: libxslt moves every value of a record to an element of another name;
- *plain script*: the same by hand with lxml, codes looked up and the supplement joined with pandas, then the schema:
  what a capable person writes in an afternoon. No value is accounted for, nothing is judged;
- *xsdata*: dossiers to objects of generated classes and back to bytes; *xmlschema*: the schema in Python;
- *saxonche*: stylesheets built like the official ones, from our own rules (tests/oso/standins.py).
"""

import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from lxml import etree

from benchmarks.floor import floor_seconds
from benchmarks.pipeline import DATUM, TRANSFER, VERSION, Quiet, processor
from dod2oso.base.xml import parse_bytes
from dod2oso.generate.region import write_region
from dod2oso.oso.schema import schema, xsd_bytes
from dod2oso.oso.transfers import transfer
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options

SMALL = 50
RECORD = "Leerling"
XSLT = f"""<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:template match="/"><dossiers><xsl:apply-templates select="//{RECORD}"/></dossiers></xsl:template>
<xsl:template match="*"><xsl:element name="oso-{{local-name()}}">
<xsl:for-each select="@*">
<xsl:element name="oso-{{local-name()}}"><xsl:value-of select="."/></xsl:element></xsl:for-each>
<xsl:apply-templates/></xsl:element></xsl:template>
<xsl:template match="text()"><xsl:value-of select="normalize-space()"/></xsl:template>
</xsl:stylesheet>"""


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of some work, with all that it starts."""
    start = processor()
    work()
    return processor() - start


def convert(folder: Path) -> list[Path]:
    """Our own run over the region in this folder; the dossiers it made."""
    exports = sorted((folder / "exports").iterdir())
    out = Path(tempfile.mkdtemp(dir=folder))
    supplements = (folder / "aanvulling.csv",)
    run(
        Options(exports, TRANSFER, VERSION, out, schools=folder / "scholen.csv", supplements=supplements, datum=DATUM),
        Quiet(),
    )
    return sorted((out / "dossiers").rglob("*.xml"))


def by_xslt(exports: list[Path]) -> Callable[[], object]:
    """Every record with every value under another name."""
    sheet = etree.XSLT(etree.fromstring(XSLT.encode()))
    return lambda: [bytes(sheet(etree.parse(path))) for path in exports]


def by_hand(exports: list[Path], dossiers: list[Path], supplement: Path) -> Callable[[], object]:
    """The same in a script, with tables in pandas and the schema over what came of it."""
    valid = schema(VERSION)
    given = pd.read_csv(supplement, sep=";", dtype=str)
    by_pupil = given.set_index(given.columns[1], drop=False)
    codes = pd.Series({str(number): f"code-{number}" for number in range(200)})

    def move(source: etree._Element, to: etree._Element) -> None:
        for inner in source:
            made = etree.SubElement(to, f"oso-{inner.tag}")
            text = (inner.text or "").strip()
            if text:
                made.text = str(codes.get(text, text))
            for name, value in inner.attrib.items():
                etree.SubElement(made, f"oso-{name}").text = str(codes.get(value, value))
            move(inner, made)

    def script() -> None:
        for path in exports:
            for _event, record in etree.iterparse(path, tag=RECORD):
                root = etree.Element("dossier")
                move(record, root)
                number = record.findtext("Leerlingnummer")
                if number in by_pupil.index:
                    for name, value in by_pupil.loc[[number]].iloc[0].dropna().items():
                        etree.SubElement(root, "oso-" + str(name).replace("/", "-")).text = value
                etree.tostring(root, encoding="utf-8", xml_declaration=True)
                record.clear()
        for path in dossiers:
            valid.validate(parse_bytes(path.read_bytes()))

    return script


def by_xsdata(folder: Path, dossiers: list[Path]) -> Callable[[], object]:
    """Dossiers to objects and back."""
    from xsdata.formats.dataclass.context import XmlContext
    from xsdata.formats.dataclass.parsers import XmlParser
    from xsdata.formats.dataclass.serializers import XmlSerializer

    (folder / "oso.xsd").write_bytes(xsd_bytes(VERSION))
    command = [sys.executable, "-m", "xsdata", "generate", "oso.xsd", "--package", "oso_classes"]
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls ruff
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PATH": beside})
    sys.path.insert(0, str(folder))
    made = importlib.import_module("oso_classes")
    context = XmlContext()
    parser, writer = XmlParser(context=context), XmlSerializer(context=context)
    texts = [path.read_bytes() for path in dossiers]

    def there_and_back() -> None:
        for text in texts:
            writer.render(parser.from_bytes(text, made.Dossier))

    parser.from_bytes(texts[0], made.Dossier)
    return there_and_back


def by_xmlschema(dossiers: list[Path]) -> Callable[[], object]:
    """The schema, in Python."""
    import xmlschema

    valid = xmlschema.XMLSchema(io.BytesIO(xsd_bytes(VERSION)))
    return lambda: [valid.is_valid(str(path)) for path in dossiers]


def by_saxon(folder: Path, dossiers: list[Path]) -> Callable[[], object]:
    """The rules, as stylesheets like the official ones."""
    from dod2oso.oso.saxon import Stylesheet
    from tests.oso import standins

    standins.write(folder / "bundle", standins.files(VERSION))
    layer = transfer(TRANSFER).layer
    name = "ValideerOverstapprofielen.xsl" if layer == "ov" else "ValideerSwvPaO-profielen.xsl"
    sheet = Stylesheet(str(next((folder / "bundle").rglob(name))))
    texts = [path.read_text(encoding="utf-8") for path in dossiers]
    sheet.transform(texts[0])
    return lambda: [sheet.transform(text) for text in texts]


def main() -> None:
    """Measure in one process after another, and print."""
    dossiers = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name) / "small", Path(name) / "large"
        for folder, number in ((small, SMALL), (large, dossiers + SMALL)):
            write_region(folder, "dod-referentie", number, schools=1, seed=1, typical=True)
        convert(small)  # what is made once in a process is made now
        once = seconds(lambda: convert(small))
        made: list[Path] = []
        ours = seconds(lambda: made.extend(convert(large))) - once
        exports = sorted((large / "exports").iterdir())
        found = {"ours, with ledger, rules, report and outbox": ours / dossiers}
        found["C floor"] = floor_seconds(exports, made, VERSION) / len(made)
        peers: dict[str, Callable[[], Callable[[], object]]] = {
            "XSLT 1.0 (values moved)": lambda: by_xslt(exports),
            "plain script (values moved, pandas, schema)": lambda: by_hand(exports, made, large / "aanvulling.csv"),
            "xsdata (there and back)": lambda: by_xsdata(large, made),
            "xmlschema (schema only)": lambda: by_xmlschema(made),
            "saxonche (rules only)": lambda: by_saxon(large, made),
        }
        lacking = {}
        for peer, prepare in peers.items():
            try:
                work = prepare()
            except ImportError as error:
                lacking[peer] = error.name
                continue
            found[peer] = seconds(work) / len(made)
    print(json.dumps({"dossiers": len(made), "load": round(os.getloadavg()[0], 1)}))
    for peer, each in sorted(found.items(), key=lambda one: one[1]):
        print(f"{peer:>46}  {each * 1000:8.2f} s per 1,000   {each / found['C floor']:6.1f} floors   "
              f"{each / (ours / dossiers):5.2f} of ours")  # fmt: skip
    for peer, package in lacking.items():
        print(f"{peer:>46}  not measured: the package {package} is not installed")


if __name__ == "__main__":
    main()
