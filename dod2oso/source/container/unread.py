"""What a file seems to be that holds data but that dod2oso does not read: a name for people, and what to do about it.

A file is told by its first bytes; its suffix counts only where those say nothing. Documents and pictures are kept
beside exports and may be attachments: they have a name too, but are no export that fails.
"""

import re

from dod2oso.source.container.head import decoded_start, is_web_page, may_be_json

# What a document is called; documents are normally attachments.
DOCUMENTS = {
    "pdf": "left-pdf",
    "word": "left-word",
    "slides": "left-slides",
    "picture": "left-picture",
    "page": "left-page",
    "text": "left-text",
    "empty": "left-empty",
    "unknown": "left-unknown",
    # and what is told of a folder without looking into it
    "zip": "left-zip",
    "link": "left-link",
    "odd": "left-odd",
    "own": "left-own",
    "hidden": "left-hidden",
}

_ACCESS, _DBASE, _SQL_DUMP = "export-ander-soort.access", "export-ander-soort.dbase", "export-ander-soort.sql"
_JSON_FILE, _PARQUET, _SPSS = "export-ander-soort.json", "export-ander-soort.parquet", "export-ander-soort.spss"
_FILEMAKER, _BACKUP, _OLD_EXCEL = (
    "export-ander-soort.filemaker",
    "export-ander-soort.backup",
    "export-ander-soort.excel4",
)
_XLSB, _NUMBERS = "export-ander-soort.xlsb", "export-ander-soort.numbers"
_MESSAGE, _DISK = "export-ander-soort.mail", "export-ander-soort.disk"

_STARTS = (
    (b"\0\1\0\0Standard Jet DB", _ACCESS),
    (b"\0\1\0\0Standard ACE DB", _ACCESS),
    (b"PGDMP", _BACKUP),
    (b"PAR1", _PARQUET),
    (b"$FL2", _SPSS),
    (b"$FL3", _SPSS),
    (b"\0\1\0\0\0\2\0\1\0\5\0\2\0\2\xc0HBAM", _FILEMAKER),
    *((bytes((9, version)), _OLD_EXCEL) for version in (0, 2, 4)),
)
_SUFFIXES = {
    ".mdb": _ACCESS, ".accdb": _ACCESS, ".dbf": _DBASE, ".fp7": _FILEMAKER, ".fmp12": _FILEMAKER, ".sql": _SQL_DUMP,
    ".dump": _SQL_DUMP, ".json": _JSON_FILE, ".jsonl": _JSON_FILE, ".ndjson": _JSON_FILE, ".parquet": _PARQUET,
    ".sav": _SPSS,
    ".xlsb": _XLSB, ".numbers": _NUMBERS, ".eml": _MESSAGE, ".msg": _MESSAGE, ".iso": _DISK, ".dmg": _DISK,
}  # fmt: skip
_SQL = re.compile(
    r"(?im)^\s*(create\s+(table|database|schema)|insert\s+into|drop\s+table|copy\s+\S+\s*\(.*\)\s+from\s+stdin"
    r"|--\s*(mysql|mariadb|postgresql)\b.*dump)"
)
_MAIL = re.compile(r"(?im)\A(from|to|subject|received|return-path|mime-version|date|message-id): .*\n[\w-]+:")
_DBASE_START = re.compile(rb"[\x02\x03\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5].([\x01-\x0c])([\x01-\x1f])", re.DOTALL)
_WORD = frozenset({".doc", ".docx", ".dot", ".odt", ".rtf", ".pages", ".wpd"})
_SLIDES = frozenset({".ppt", ".pptx", ".odp", ".odg", ".vsd", ".key"})
_PICTURE = frozenset({".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".heic", ".svg", ".webp"})
_TEXT = frozenset({".txt", ".md", ".log", ".ini", ".cfg", ".yaml", ".yml", ".toml"})


def holds_data(head: bytes, suffix: str) -> str | None:
    """What is wrong with a file of this start (and suffix, with its dot): it holds data, in a form that is not read.

    The key of its text in errors.yaml; None when it is nothing that was made to be read as data.
    """
    key = next((key for start, key in _STARTS if head.startswith(start)), None) or _table(head, suffix)
    if key is None and suffix not in _TEXT:
        key = _text(decoded_start(head))
    if key is None and head:
        key = _SUFFIXES.get(suffix)
    return key


def _table(head: bytes, suffix: str) -> str | None:
    """A dBASE table has a date and a header length that fit; that is little, so its suffix has to say so too."""
    return _DBASE if suffix == ".dbf" and _DBASE_START.match(head) else None


def _text(start: str) -> str | None:
    if may_be_json(start):
        return _JSON_FILE
    if _SQL.search(start):
        return _SQL_DUMP
    return _MESSAGE if _MAIL.match(start) else None


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
