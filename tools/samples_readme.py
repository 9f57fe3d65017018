"""The text that goes with the samples, made from the same list as the samples themselves."""

from collections.abc import Iterable

from dod2oso.findings import catalogue
from dod2oso.generate.packages import PIN
from tools.broken import broken_exports, partly_readable
from tools.dirt import DIRT, DOUBTFUL_ROWS, REPAIRED, Dirt

_HEAD = """# Een verzonnen regio

Niemand in deze bestanden bestaat. De BSN's liggen in het testbereik 9999xxxxx, de BRIN's (99XA-99ZZ) zijn van geen
school, telefoonnummers en e-mailadressen zijn niet in gebruik. De regio leeft in schooljaar 2024-2025; de voorbeelden
rekenen met 15 juni 2025 als datum.

Deze map is gemaakt met `python -m tools.samples samples/`. Verander de bestanden niet met de hand: een test
vergelijkt ze met wat dat commando maakt.

```
dod2oso run samples/regio/exports --schools samples/regio/scholen.csv --supplement samples/regio/aanvulling.csv \\
        --overstap POVO --datum 2025-06-15
```

Elke overstap (POPO, POVO, VOVO, BB, POSWV, VOSWV) en elke OSO-versie geeft hier dossiers die klaar
zijn, die wachten en die niet kunnen.

- `exports/`: de exports, genoemd naar hun indeling
- `scholen.csv`: het scholenregister (`--schools`)
- `aanvulling.csv`: wat mensen aanvullen (`--supplement`); de kolom `#waarom` is toelichting en wordt niet gelezen
- `../kapot/`: exports die niet te lezen zijn

"""
_KINDS = {"po": "basisschool", "vo": "school voor voortgezet onderwijs"}


def readme(exports: Iterable[tuple[str, str, str, int]]) -> str:
    """LEESMIJ.md; `exports` gives name, school, kind of school and number of pupils."""
    lines = [_HEAD + "## De exports\n", "| Export | School | Leerlingen |", "|---|---|---|"]
    lines += [f"| `{name}` | {school} ({_KINDS[kind]}) | {pupils} |" for name, school, kind, pupils in exports]
    lines += [
        "\n## Wat er met opzet aan mankeert\n",
        "Nr. is de plaats van de leerling in de export. De code staat zo in het rapport. Waar geen code staat, blijft",
        "het gegeven achter om de genoemde reden, of herstelt dod2oso het zelf. Geldt bij POVO en OSO 2019.1, tenzij",
        "anders vermeld.\n",
        "| Export | Nr. | Wat | Gevolg |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{dirt.export}` | {dirt.record} | {dirt.what} | {_result(dirt)} |" for dirt in DIRT]
    lines += [
        *(f"| `aanvulling.csv` | | {row.what} | `{row.result}` |" for row in DOUBTFUL_ROWS),
        "\nDaarnaast hebben alle leerlingen gegevens die volgens de wet niet mee mogen (geboorteplaats, nationaliteit,",
        "beroep van een ouder) en een oude inzage die nooit wordt gebruikt. In het rapport staan ze apart.",
        "\n## Onleesbare exports (`samples/kapot`)\n",
        "| Bestand | Wat | Gevolg |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {what} | `{code}` |" for name, (_data, what, code) in broken_exports().items()]
    lines += [
        "\nVan deze wordt een deel wel gelezen:\n",
        "| Bestand | Wat | Gevolg |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {what} | {', '.join(f'`{code}`' for code in codes)} |"
        for name, (_files, what, codes) in partly_readable().items()
    ]
    return "\n".join(lines) + "\n"


def formats_readme() -> str:
    """LEESMIJ.md of samples/formaten."""
    return f"""# Dezelfde leerlingen in elk formaat

Zes verzonnen leerlingen van een verzonnen school (99XF), steeds als export in een andere indeling. Geen van deze
indelingen is van een leverancier; EDEXML en EDEX2000 zijn openbaar. Gemaakt met
`python -m tools.samples samples/`.

| bestand | wat |
|---|---|
| `dod-referentie.xml` | de voorbeeldindeling van dit project |
| `xml-with-pin.zip` | zip met PIN ({PIN}), XML met afgekorte elementen in Windows-1252, losse bijlagen |
| `xml-attributes.xml` | XML met waarden in attributen en een naamruimte |
| `csv-bundle/` | een CSV-bestand per tabel |
| `spreadsheet.xlsx` | een spreadsheet met een blad per tabel |
| `database.sqlite` | een database |
| `edexml-2.1.xml`, `edex2000/` | basisadministratie: openbare indelingen die veel minder kunnen bevatten |

```
DOD2OSO_PIN={PIN} dod2oso run samples/formaten/xml-with-pin.zip --schools samples/formaten/scholen.csv \\
        --supplement samples/formaten/aanvulling.csv --overstap POVO --datum 2025-06-15
```

Elk van de eerste zes geeft dezelfde OSO-dossiers, byte voor byte.
"""


def _result(dirt: Dirt) -> str:
    if dirt.result == REPAIRED:
        return "hersteld, het dossier gaat mee"
    if is_reason(dirt):
        return f"blijft achter: {catalogue.reason(dirt.result).nl}"
    return f"`{dirt.result}`"


def is_reason(dirt: Dirt) -> bool:
    """Whether the dirt shows as a reason for which a value stays behind, not as a finding."""
    return dirt.result in catalogue.reasons()
