"""gaps.pdf: the page on paper, by WeasyPrint (extra `pdf`), from the same template."""

import logging
from typing import Any, BinaryIO, NoReturn

from dod2oso.base.errors import UsageError
from dod2oso.ledger.store import Ledger
from dod2oso.report.html import render as render_html
from dod2oso.report.model import Report
from dod2oso.report.rendering import Rendering, register
from dod2oso.report.style import PLAIN, HouseStyle


def render(report: Report, style: HouseStyle = PLAIN) -> bytes:
    """The report as a PDF. UsageError when WeasyPrint, or the pango library it needs, is not installed."""
    return of_html(render_html(report, style), report.run.id)


def of_html(html: str, identifier: str) -> bytes:
    """A page of ours as a PDF; the same page with the same identifier gives the same bytes. UsageError as above."""
    weasyprint = _weasyprint()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it tells of every property meant for screens
    document = weasyprint.HTML(string=html, url_fetcher=_nothing_from_outside)
    return bytes(document.write_pdf(pdf_identifier=identifier.encode()))


def check_installed() -> None:
    """UsageError when no PDF can be made here; asked before anything is written."""
    _weasyprint()


def _weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError):
        raise UsageError("weasyprint-needed") from None
    return weasyprint


def _nothing_from_outside(url: str, *_args: object, **_more: object) -> Any:
    """Only what stands in the page itself may be fetched: the logo."""
    if not url.startswith("data:"):
        _refuse()
    return _weasyprint().default_url_fetcher(url)


def _refuse() -> NoReturn:
    raise ValueError("the report refers to nothing outside itself")


def _write(_ledger: Ledger, report: Report, file: BinaryIO, style: HouseStyle) -> None:
    file.write(render(report, style))


register(Rendering("pdf", _write, default=False, check=check_installed))  # an extra
