"""What a file seems to be that holds data but that dod2oso does not read: a name for people, and what to do about it.

A file is told by its first bytes; its suffix counts only where those say nothing. Documents and pictures are kept
beside exports and may be attachments: they have a name too, but are no export that fails.
"""

import re
from typing import NamedTuple

from dod2oso.source.container.head import decoded_start, is_web_page


class Seeming(NamedTuple):
    """What a file seems to be; `nl` and `en` fit behind "This seems to be"."""

    key: str
    nl: str
    en: str
    remedy_nl: str
    remedy_en: str


_AS_TABLES = (
    "Open het en bewaar elke tabel als CSV (UTF-8) of .xlsx, in een eigen map.",
    "Open it and save each table as CSV (UTF-8) or .xlsx, in a folder of its own.",
)
_INTO_DATABASE = (
    "Lees hem in een lege database en geef de URL daarvan, of exporteer de tabellen als CSV.",
    "Load it into an empty database and give its URL, or export the tables as CSV.",
)
_AS_XML_OR_CSV = (
    "Vraag de leverancier om dezelfde gegevens als XML of CSV.",
    "Ask the vendor for the same data as XML or CSV.",
)

# Data: somebody meant it to be read.
DATA = {
    each.key: each
    for each in (
        Seeming("access", "een database van Access", "an Access database", *_AS_TABLES),
        Seeming("dbase", "een tabel van dBASE of FoxPro", "a dBASE or FoxPro table", *_AS_TABLES),
        Seeming("filemaker", "een database van FileMaker", "a FileMaker database", *_AS_TABLES),
        Seeming("sql", "een SQL-dump", "an SQL dump", *_INTO_DATABASE),
        Seeming("pg_dump", "een back-up van PostgreSQL", "a PostgreSQL backup", *_INTO_DATABASE),
        Seeming("json", "JSON", "JSON", *_AS_XML_OR_CSV),
        Seeming("parquet", "een Parquet-bestand", "a Parquet file", *_AS_XML_OR_CSV),
        Seeming("spss", "een bestand van SPSS", "an SPSS file", *_AS_TABLES),
        Seeming("xlsb", "een binaire Excel-map (.xlsb)", "a binary Excel workbook (.xlsb)", *_AS_TABLES),
        Seeming("excel-2-4", "een werkblad van vóór Excel 5", "a sheet from before Excel 5", *_AS_TABLES),
        Seeming("numbers", "een spreadsheet van Numbers", "a Numbers spreadsheet", *_AS_TABLES),
        Seeming("mail", "een e-mailbericht", "a mail message",
                "Bewaar de bijlage van het bericht apart en geef die.",
                "Save the attachment of the message apart and give that."),
        Seeming("disk", "een schijfkopie", "a disk image",
                "Open hem en geef de bestanden die erin staan.", "Open it and give the files in it."),
    )
}  # fmt: skip

# Documents: normally attachments.
DOCUMENTS = {
    "pdf": ("PDF", "PDF"),
    "word": ("tekstdocument (Word, Writer, RTF)", "text document (Word, Writer, RTF)"),
    "slides": ("presentatie of tekening", "presentation or drawing"),
    "picture": ("afbeelding", "picture"),
    "page": ("webpagina", "web page"),
    "text": ("tekst", "text"),
    "empty": ("leeg bestand", "empty file"),
    "unknown": ("onbekend bestand", "unknown file"),
    # and what is told of a folder without looking into it
    "zip": ("zip zonder export", "zip without an export"),
    "link": ("koppeling naar elders", "link to elsewhere"),
    "odd": ("geen gewoon bestand", "no ordinary file"),
    "own": ("bestand of map van dod2oso, register of aanvulling", "file or folder of dod2oso, register or supplement"),
}

_STARTS = (
    (b"\0\1\0\0Standard Jet DB", "access"),
    (b"\0\1\0\0Standard ACE DB", "access"),
    (b"PGDMP", "pg_dump"),
    (b"PAR1", "parquet"),
    (b"$FL2", "spss"),
    (b"$FL3", "spss"),
    (b"\0\1\0\0\0\2\0\1\0\5\0\2\0\2\xc0HBAM", "filemaker"),
    *((bytes((9, version)), "excel-2-4") for version in (0, 2, 4)),
)
_SUFFIXES = {
    ".mdb": "access", ".accdb": "access", ".dbf": "dbase", ".fp7": "filemaker", ".fmp12": "filemaker", ".sql": "sql",
    ".dump": "sql", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet", ".sav": "spss",
    ".xlsb": "xlsb", ".numbers": "numbers", ".eml": "mail", ".msg": "mail", ".iso": "disk", ".dmg": "disk",
}  # fmt: skip
_SQL = re.compile(
    r"(?im)^\s*(create\s+(table|database|schema)|insert\s+into|drop\s+table|copy\s+\S+\s*\(.*\)\s+from\s+stdin"
    r"|--\s*(mysql|mariadb|postgresql)\b.*dump)"
)
_JSON = re.compile(r'\s*(\{\s*("|\})|\[\s*(\{|\[|"|\]|-?[0-9]))')
_MAIL = re.compile(r"(?im)\A(from|to|subject|received|return-path|mime-version|date|message-id): .*\n[\w-]+:")
_DBASE = re.compile(rb"[\x02\x03\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5].([\x01-\x0c])([\x01-\x1f])", re.DOTALL)
_WORD = frozenset({".doc", ".docx", ".dot", ".odt", ".rtf", ".pages", ".wpd"})
_SLIDES = frozenset({".ppt", ".pptx", ".odp", ".odg", ".vsd", ".key"})
_PICTURE = frozenset({".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".heic", ".svg", ".webp"})
_TEXT = frozenset({".txt", ".md", ".log", ".ini", ".cfg", ".yaml", ".yml", ".toml"})


def holds_data(head: bytes, suffix: str) -> Seeming | None:
    """What a file with this start (and suffix, with its dot) seems to be, when that is something made to be read."""
    key = next((key for start, key in _STARTS if head.startswith(start)), None) or _table(head, suffix)
    if key is None and suffix not in _TEXT:
        key = _text(decoded_start(head))
    if key is None and head:
        key = _SUFFIXES.get(suffix)
    return DATA[key] if key is not None else None


def _table(head: bytes, suffix: str) -> str | None:
    """A dBASE table has a date and a header length that fit; that is little, so its suffix has to say so too."""
    return "dbase" if suffix == ".dbf" and _DBASE.match(head) else None


def _text(start: str) -> str | None:
    if _JSON.match(start):
        return "json"
    if _SQL.search(start):
        return "sql"
    return "mail" if _MAIL.match(start) else None


def document(head: bytes, suffix: str) -> str:
    """The key (of DOCUMENTS) of a file that is no export and holds no data that we know of."""
    if head.startswith(b"%PDF-") or suffix == ".pdf":
        return "pdf"
    for suffixes, key in ((_WORD, "word"), (_SLIDES, "slides"), (_PICTURE, "picture")):
        if suffix in suffixes:
            return key
    if not head:
        return "empty"
    if is_web_page(head):
        return "page"
    return "text" if suffix in _TEXT or "\0" not in decoded_start(head) else "unknown"
