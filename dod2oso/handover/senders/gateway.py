"""One exchange with a gateway: POST a dossier or ask after it, and read the answer as one of a few verdicts.

The agreement (ours, not part of OSO; see docs/overdragen.md). `POST <url>` has the dossier as its body, the handover id
as `Idempotency-Key`, and what a gateway must know in headers. A receipt is JSON `{"sha256": ..., "receipt": ...}` with
status 200, 201 or 202, in which sha256 is that of the body: only that counts as delivered. `GET <url>/<handover-id>`
answers with the same receipt, or 404 when nothing arrived under that id.
"""

import json
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any, Self

import httpx

from dod2oso import __version__
from dod2oso.base.clock import stopwatch
from dod2oso.handover.config import Http
from dod2oso.ledger.handovers import Handover

MAX_ANSWER = 64 << 10  # a receipt is a line; more is not read
_RECEIPT = re.compile(r"[A-Za-z0-9._:/-]{1,100}\Z")
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Verdict(Enum):
    """What an exchange means for the dossier."""

    ACKNOWLEDGED = "acknowledged"  # it is there, and the receiver says so about exactly these bytes
    REFUSED = "refused"  # the receiver does not want this dossier
    UNKNOWN = "unknown"  # it may be there
    ABSENT = "absent"  # asked after it: it is not there
    BUSY = "busy"  # not now; it did not take it
    UNREACHABLE = "unreachable"  # nothing was sent
    UNWELCOME = "unwelcome"  # the gateway does not take anything from us: a person must look at the settings


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, a word for the log that says what was seen, the receiver's number, and how long it asks to wait."""

    verdict: Verdict
    word: str
    receipt: str = ""
    wait: float | None = None


class Gateway:
    """A connection to a gateway; close it, or use it as a context manager.

    Nothing comes from the environment: no proxy, no other authorities, no redirect is followed.
    """

    def __init__(self, http: Http, context: ssl.SSLContext) -> None:
        self._http = http
        self._client = httpx.Client(
            verify=context,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(http.timeout_seconds),
            headers={"User-Agent": f"dod2oso/{__version__}", "Accept": "application/json"},
        )

    def send(self, handover: Handover, data: bytes, receivers: Sequence[str]) -> Answer:
        """POST one dossier."""
        headers = {
            "Content-Type": "application/xml",
            "Idempotency-Key": handover.id,
            "Dossier-Id": handover.dossier_id,
            "Dossier-SHA256": handover.sha256,
            "Dossier-OSO": handover.oso,
            "Dossier-Overstap": handover.overstap,
            "Dossier-BRIN": handover.brin,
            "Dossier-Vestiging": handover.vestiging,
            "Dossier-Receivers": ",".join(receivers),
        }
        return self._exchange("POST", self._http.url, handover.sha256, content=data, headers=headers)

    def ask(self, handover: Handover) -> Answer:
        """Whether a dossier arrived under this handover id."""
        return self._exchange("GET", f"{self._http.url}/{handover.id}", handover.sha256)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exchange(self, method: str, url: str, sha256: str, **content: Any) -> Answer:
        try:
            with self._client.stream(method, url, **content) as response:
                return read_answer(method, response, self._body(response), sha256)
        except _NEVER_SENT as error:
            return Answer(Verdict.UNREACHABLE, _why(error))
        except httpx.TimeoutException:
            return Answer(Verdict.UNKNOWN, "timeout")
        except httpx.HTTPError as error:  # reset, cut off, no HTTP
            if _our_certificate(error):
                return Answer(Verdict.UNWELCOME, "ons-certificaat-geweigerd")
            return Answer(Verdict.UNKNOWN, type(error).__name__)

    def _body(self, response: httpx.Response) -> bytes:
        """The answer, as far as it is worth reading: not too long, and not drop by drop for ever."""
        started, body = stopwatch(), b""
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER:
                return b""
            if stopwatch() - started > self._http.timeout_seconds:
                raise httpx.ReadTimeout("slow answer")
        return body


def read_answer(method: str, response: httpx.Response, body: bytes, sha256: str) -> Answer:
    """What an HTTP answer means; anything that does not clearly say yes or no leaves it unknown."""
    status = response.status_code
    word = f"http-{status}"
    if status in (200, 201, 202) or (status == 409 and method == "POST"):  # 409: it had it already
        return _receipt(word, body, sha256)
    if status == 404 and method == "GET":
        return Answer(Verdict.ABSENT, word)
    if status in (429, 503):
        return Answer(Verdict.BUSY, word, wait=_wait(response))
    if status in (400, 413, 422):
        return Answer(Verdict.REFUSED, word)
    if 300 <= status < 500:
        return Answer(Verdict.UNWELCOME, word)
    return Answer(Verdict.UNKNOWN, word)


def _receipt(word: str, body: bytes, sha256: str) -> Answer:
    try:
        said = json.loads(body)
        right = said["sha256"] == sha256
    except (ValueError, TypeError, KeyError, RecursionError):
        return Answer(Verdict.UNKNOWN, f"{word}-geen-ontvangstbewijs")
    if not right:
        return Answer(Verdict.UNKNOWN, f"{word}-andere-bytes")
    receipt = str(said.get("receipt", ""))
    return Answer(Verdict.ACKNOWLEDGED, word, receipt if _RECEIPT.match(receipt) else "")


def _wait(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return min(float(text), 300.0) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _our_certificate(error: httpx.HTTPError) -> bool:
    """Whether the gateway ended the handshake over our certificate; with TLS 1.3 that comes after we sent."""
    reasons = (_reason(cause) for cause in _causes(error))
    return any("CERTIFICATE" in reason or "UNKNOWN_CA" in reason for reason in reasons)


def _reason(cause: BaseException) -> str:
    return str(cause.reason or "") if isinstance(cause, ssl.SSLError) else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _why(error: httpx.HTTPError) -> str:
    """Why there was no connection: a certificate that is not right is worth telling apart."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "certificaat-verlopen" if cause.verify_code == _EXPIRED else "certificaat-niet-vertrouwd"
        if isinstance(cause, ssl.SSLError):
            return "tls"
    return "timeout-verbinding" if isinstance(error, httpx.ConnectTimeout) else "geen-verbinding"
