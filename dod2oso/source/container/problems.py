"""Why a container or a file in it cannot be read: one code per cause, each with what to do about it.

The codes are explained to users in docs/bestanden.md. A file in a zip is named by its number there, never by its name:
names of attachments are often names of children.
"""

from dod2oso.base.errors import ExportError
from dod2oso.source.container import limits
from dod2oso.source.container.unread import Seeming

_REPACK = (
    "Pak de bestanden opnieuw in, als gewone zip.",
    "Pack the files again, as an ordinary zip.",
)
_FETCH = (
    "Maak of haal het bestand opnieuw; er is niets van omgezet.",
    "Make or fetch the file again; nothing of it was converted.",
)
_SPLIT = ("Verdeel de bestanden over meer zips.", "Spread the files over more zips.")
_SUSPECT = (
    "Zo'n zip komt niet uit een administratie: vraag na waar hij vandaan komt, of pak de bestanden opnieuw in.",
    "No administration makes such a zip: ask where it comes from, or pack the files again.",
)

_TEXTS: dict[str, tuple[str, str, tuple[str, str]]] = {
    # code: (nl, en, remedy)
    "zip-beschadigd": (
        "Het zipbestand is beschadigd of afgebroken.",
        "The zip is damaged or cut off.",
        _FETCH,
    ),
    "zip-lid-beschadigd": (
        "Bestand {number} in de zip is beschadigd: de inhoud klopt niet met het controlegetal.",
        "File {number} in the zip is damaged: its content does not match its checksum.",
        _FETCH,
    ),
    "zip-leeg": (
        "In deze zip staat geen export.",
        "There is no export in this zip.",
        ("Geef de zip met de exports.", "Give the zip with the exports."),
    ),
    "pin-nodig": (
        "Deze zip is beveiligd en er is geen PIN opgegeven.",
        "This zip is protected and no PIN was given.",
        (
            "Zet de PIN in een bestand en geef dat met --pin-file, of zet hem in DOD2OSO_PIN, "
            "of draai de opdracht in een venster waar u hem kunt intypen.",
            "Put the PIN in a file and give that with --pin-file, or put it in DOD2OSO_PIN, "
            "or run the command in a window where you can type it.",
        ),
    ),
    "pin-onjuist": (
        "Geen van de opgegeven PINs past op deze zip.",
        "None of the given PINs fits this zip.",
        (
            "Vraag de school om de PIN die bij dit bestand hoort.",
            "Ask the school for the PIN that belongs to this file.",
        ),
    ),
    "zip-versleuteling": (
        "Deze zip is beveiligd op een manier die dod2oso niet kent (geen ZipCrypto en geen AES).",
        "This zip is protected in a way that dod2oso does not know (neither ZipCrypto nor AES).",
        ("Pak de bestanden opnieuw in, met AES.", "Pack the files again, with AES."),
    ),
    "zip-methode": (
        "Bestand {number} in de zip is ingepakt op een manier die dod2oso niet kent (methode {method}).",
        "File {number} in the zip is packed in a way that dod2oso does not know (method {method}).",
        ("Pak de bestanden opnieuw in, met Deflate.", "Pack the files again, with Deflate."),
    ),
    "zip-te-veel-bestanden": (
        f"In de zip staan meer bestanden dan MAX_MEMBERS ({limits.MAX_MEMBERS}).",
        f"There are more files in the zip than MAX_MEMBERS ({limits.MAX_MEMBERS}).",
        _SPLIT,
    ),
    "zip-lijst-te-groot": (
        f"De bestandslijst in de zip is groter dan MAX_DIRECTORY_BYTES ({limits.amount(limits.MAX_DIRECTORY_BYTES)}).",
        f"The list of files in the zip is larger than MAX_DIRECTORY_BYTES "
        f"({limits.amount(limits.MAX_DIRECTORY_BYTES)}).",
        _SPLIT,
    ),
    "zip-te-groot": (
        f"De zip is uitgepakt groter dan MAX_UNPACKED_BYTES ({limits.amount(limits.MAX_UNPACKED_BYTES)}).",
        f"The zip is larger than MAX_UNPACKED_BYTES ({limits.amount(limits.MAX_UNPACKED_BYTES)}) when unpacked.",
        _SPLIT,
    ),
    "zip-lid-te-groot": (
        f"Bestand {{number}} in de zip is uitgepakt groter dan MAX_MEMBER_BYTES "
        f"({limits.amount(limits.MAX_MEMBER_BYTES)}).",
        f"File {{number}} in the zip is larger than MAX_MEMBER_BYTES ({limits.amount(limits.MAX_MEMBER_BYTES)}) "
        "when unpacked.",
        ("Splits de export.", "Split the export."),
    ),
    "zip-verhouding": (
        f"Bestand {{number}} in de zip is sterker ingepakt dan MAX_RATIO ({limits.MAX_RATIO} keer): "
        "een zipbom of iets wat erop lijkt.",
        f"File {{number}} in the zip is packed more tightly than MAX_RATIO ({limits.MAX_RATIO} times): "
        "a zip bomb or something like it.",
        _SUSPECT,
    ),
    "zip-te-diep": (
        f"In de zip staat een zip die zelf weer een zip bevat: dieper dan MAX_DEPTH ({limits.MAX_DEPTH}).",
        f"There is a zip in this zip that holds a zip itself: deeper than MAX_DEPTH ({limits.MAX_DEPTH}).",
        ("Pak de binnenste zip uit en geef die.", "Unpack the innermost zip and give that."),
    ),
    "zip-in-zip-te-groot": (
        f"De zip in deze zip is groter dan MAX_NESTED_BYTES ({limits.amount(limits.MAX_NESTED_BYTES)}).",
        f"The zip in this zip is larger than MAX_NESTED_BYTES ({limits.amount(limits.MAX_NESTED_BYTES)}).",
        ("Pak de buitenste zip uit en geef de binnenste.", "Unpack the outer zip and give the inner one."),
    ),
    "zip-naam": (
        "De naam van bestand {number} in de zip kan niet: {why}.",
        "The name of file {number} in the zip is not possible: {why}.",
        _SUSPECT,
    ),
    "zip-naam-dubbel": (
        "Bestand {number} in de zip heeft dezelfde naam als een eerder bestand.",
        "File {number} in the zip has the same name as an earlier file.",
        _REPACK,
    ),
    "zip-koppeling": (
        "Bestand {number} in de zip is een koppeling (symlink) en geen bestand.",
        "File {number} in the zip is a link (symlink) and no file.",
        _REPACK,
    ),
    "zip-overlap": (
        "Bestanden in de zip liggen over elkaar heen: een zipbom of een beschadigde zip.",
        "Files in the zip lie over each other: a zip bomb or a damaged zip.",
        _SUSPECT,
    ),
    "export-ingepakt": (
        "Dit is een {what}-bestand, wat de naam ook zegt. Dat leest dod2oso niet.",
        "This is a {what} file, whatever its name says. dod2oso does not read those.",
        ("Pak het uit en geef wat erin zit, of maak er een zip van.", "Unpack it and give its content, or make a zip."),
    ),
    "export-geen-toegang": (
        "Dit bestand of deze map kan niet worden geopend ({what}); er is niets van gelezen.",
        "This file or folder cannot be opened ({what}); nothing of it was read.",
        (
            "Controleer of u er rechten op hebt en of het niet nog in een ander programma open staat.",
            "Check that you have permission and that it is not still open in another programme.",
        ),
    ),
    "export-ander-soort": (
        "Dit lijkt {nl}. Dat leest dod2oso niet; er is niets van omgezet.",
        "This seems to be {en}. dod2oso does not read those; nothing of it was converted.",
        ("{remedy_nl}", "{remedy_en}"),
    ),
    "export-van-dod2oso": (
        "Dit bestand heeft dod2oso zelf gemaakt; het is geen export.",
        "dod2oso itself made this file; it is no export.",
        (
            "Een ingevuld werkboek geeft u met --supplement. Geef als export het bestand uit de administratie.",
            "Give a filled-in workbook with --supplement. As export give the file from the administration.",
        ),
    ),
    "html-tabel": (
        "Dit is een webpagina onder de naam van een spreadsheet, en haar tabel is niet zeker te lezen ({what}).",
        "This is a web page under the name of a spreadsheet, and its table cannot be read with certainty ({what}).",
        (
            "Open het in Excel of LibreOffice en bewaar het als .xlsx.",
            "Open it in Excel or LibreOffice, save as .xlsx.",
        ),
    ),
    "export-geen-export": (
        "Dit is geen export die dod2oso kent (XML, CSV, spreadsheet, EDEX2000, SQLite, of een zip daarmee).",
        "This is no export that dod2oso knows (XML, CSV, spreadsheet, EDEX2000, SQLite, or a zip with those).",
        ("Geef het bestand dat de administratie heeft gemaakt.", "Give the file that the administration made."),
    ),
    "export-te-groot": (
        f"Het bestand is groter dan MAX_SPREADSHEET_BYTES ({limits.amount(limits.MAX_SPREADSHEET_BYTES)}) uitgepakt.",
        f"The file is larger than MAX_SPREADSHEET_BYTES ({limits.amount(limits.MAX_SPREADSHEET_BYTES)}) when unpacked.",
        ("Splits de spreadsheet, of bewaar hem als CSV.", "Split the spreadsheet, or save it as CSV."),
    ),
    "spreadsheet-wachtwoord": (
        "Deze spreadsheet is met een wachtwoord beveiligd. Dat leest dod2oso niet.",
        "This spreadsheet is protected with a password. dod2oso does not read those.",
        ("Bewaar hem zonder wachtwoord, in een zip met PIN.", "Save it without password, in a zip with a PIN."),
    ),
    "export-beschadigd": (
        "Deze spreadsheet is beschadigd of afgebroken.",
        "This spreadsheet is damaged or cut off.",
        _FETCH,
    ),
    "edex2000-onvolledig": (
        "Bij deze EDEX2000-bestanden ontbreekt EDEXLL.TXT, met de leerlingen.",
        "EDEXLL.TXT, with the pupils, is missing beside these EDEX2000 files.",
        ("Geef alle EDEX*.TXT-bestanden samen.", "Give all EDEX*.TXT files together."),
    ),
    "database-in-zip": (
        "Dit is een databasebestand in een zip. Dat leest dod2oso alleen als het is uitgepakt.",
        "This is a database file in a zip. dod2oso reads it only when it is unpacked.",
        ("Pak de zip uit en geef het databasebestand.", "Unpack the zip and give the database file."),
    ),
}

CODES = frozenset(_TEXTS)

_NAMES = {
    "leeg": ("zij is leeg", "it is empty"),
    "lang": (
        f"zij is langer dan MAX_NAME ({limits.MAX_NAME}) of MAX_NAME_PART ({limits.MAX_NAME_PART})",
        f"it is longer than MAX_NAME ({limits.MAX_NAME}) or MAX_NAME_PART ({limits.MAX_NAME_PART})",
    ),
    "buiten": ("zij wijst met .. naar een andere map", "it points to another folder with .."),
    "absoluut": ("zij begint bij de hoofdmap of een schijf", "it starts at the root or at a drive"),
    "tekens": ("zij bevat stuurtekens", "it holds control characters"),
}


def problem(code: str, **values: object) -> ExportError:
    """The error with this code; `values` fill its text."""
    nl, en, (remedy_nl, remedy_en) = _TEXTS[code]
    return ExportError(code, f"{nl} {remedy_nl}".format(**values), f"{en} {remedy_en}".format(**values))


def no_access(what: str) -> ExportError:
    """A file or folder that the machine does not give; `what`: the kind of error, in the machine's own words."""
    return problem("export-geen-toegang", what=what)


def other_kind(seeming: Seeming) -> ExportError:
    """A file with data in a form that is not read."""
    return problem("export-ander-soort", **seeming._asdict())


def bad_name(number: int, why: str) -> ExportError:
    """The error for an impossible name; `why` is a key of the list above."""
    (nl, en), (remedy_nl, remedy_en) = _NAMES[why], _SUSPECT
    text_nl, text_en, _remedy = _TEXTS["zip-naam"]
    return ExportError(
        "zip-naam",
        f"{text_nl.format(number=number, why=nl)} {remedy_nl}",
        f"{text_en.format(number=number, why=en)} {remedy_en}",
    )
