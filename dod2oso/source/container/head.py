"""The start of a file as text, before anything is known of it."""

import re

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_START = 4096  # bytes

_WEB_PAGE = re.compile(
    r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|style|table)\b", re.S | re.I
)

_JSON = re.compile(r'[\s\ufeff]*(\{\s*("|\})|\[\s*(\{|\[|"|\]|-?[0-9]))')


def decoded_start(head: bytes) -> str:
    """The first kilobytes as text: by byte order mark, else by the zeroes of UTF-16, else with one byte a character."""
    start = head[:_START]
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return start[len(mark) :].decode(encoding, "replace")
    if start[1:2] == b"\0" and start[:1] != b"\0":
        return start.decode("utf-16-le", "replace")
    if start[:1] == b"\0" and start[1:2] != b"\0":
        return start.decode("utf-16-be", "replace")
    return start.decode("latin-1")


def starts_as_xml(head: bytes) -> bool:
    """Whether the first character is a `<` that begins mark-up (not that of a web page)."""
    start = decoded_start(head).lstrip("\ufeff \t\r\n").lower()
    return re.match(r"<[?!a-z_]", start) is not None and not is_web_page(head)


def is_web_page(head: bytes) -> bool:
    """Whether this is the start of HTML, as some packages write under the name of a spreadsheet."""
    return _WEB_PAGE.match(decoded_start(head).lstrip()) is not None


def may_be_json(start: str) -> bool:
    """Whether a text begins as an object or list of JSON; so may a log that begins with [2027-."""
    return _JSON.match(start) is not None
