"""Who may ask anything: the browser that came with the one-time key, and no other page through that browser.

A token against forged forms does not stop a page that has our address under its own name (DNS rebinding): it can fetch
one. So the names in `Host` and `Origin` are looked at first, of every request.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Literal

from multidict import CIMultiDict

KEY = "key"  # the parameter with the one-time key
FIELD = "csrf"
HEADER = "X-Csrf"

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # without any referrer a browser sends forms with the origin `null`
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Entry = Literal["refused", "ask", "enter", "in"]


class Guard:
    """The secrets of one server; `address` is the host and port it listens on, `tls` whether over TLS.

    `asks`: no one-time key lets in, but a passphrase (elsewhere.py).
    """

    def __init__(self, address: str, *, tls: bool = False, asks: bool = False) -> None:
        self.address = address
        self.origin = f"{'https' if tls else 'http'}://{address}"
        self.key = "" if asks else secrets.token_urlsafe(32)
        self._asks = asks
        self.csrf = secrets.token_urlsafe(32)
        self._session = ""

    @property
    def cookie(self) -> str:
        """Its name: cookies do not tell ports apart, so that two servers would take each other's."""
        return f"dod2oso-{self.address.rpartition(':')[2]}"

    def look(self, method: str, headers: "CIMultiDict[str] | Any", query: Mapping[str, str], cookie: str) -> Entry:
        """Whether a request is ours; `enter`: it shows the one-time key, and gets a session; `ask`: it may show the
        passphrase.
        """
        if method not in ("GET", "HEAD", "POST") or not self._from_our_page(method, headers):
            return "refused"
        if self._session and _same(cookie, self._session):
            return "in"
        fetched = headers.get("Sec-Purpose", headers.get("Purpose", ""))
        if method == "GET" and self.key and not fetched and _same(query.get(KEY, ""), self.key):
            return "enter"
        return "ask" if self._asks else "refused"

    def enter(self) -> str:
        """Spend the key: the secret of the session it begins."""
        self.key = ""
        self._session = secrets.token_urlsafe(32)
        return self._session

    def knows(self, token: str) -> bool:
        """Whether a change came from a page of ours."""
        return _same(token, self.csrf)

    def _from_our_page(self, method: str, headers: Any) -> bool:
        if headers.getall("Host", []) != [self.address]:
            return False
        origins = headers.getall("Origin", [])
        if any(origin != self.origin for origin in origins) or (method == "POST" and len(origins) != 1):
            return False
        return headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
