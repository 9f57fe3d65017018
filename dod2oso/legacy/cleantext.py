"""Text of exports, decoded with what is unreadable marked instead of guessed."""

import codecs
import io
from typing import BinaryIO, TextIO

from dod2oso.xmlsafe import MARK

codecs.register_error("dod2oso-mark", lambda error: (MARK * 1, error.end))  # type: ignore[attr-defined]


def text_stream(stream: BinaryIO, encoding: str | None) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedReader(stream), encoding=encoding or "utf-8-sig", errors="dod2oso-mark", newline=""
    )  # type: ignore[arg-type,type-var]


def clean_xml(stream: BinaryIO, encoding: str | None = None) -> BinaryIO:
    return stream
