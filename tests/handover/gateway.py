"""A tiny gateway on loopback with mutual TLS, as a receiver sees it: what arrived, and how often.

It keeps what it took in a folder, one file per time it was taken, so that it can be counted. The faults are those of a
receiver: some before it took the dossier, some after.
"""

import contextlib
import json
import socket
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dod2oso.handover.config import Tls
from dod2oso.handover.tls import server_context


class Gateway:
    """Serves until closed. `faults` are used up one by one, by the POSTs in their order; then all is well."""

    def __init__(self, folder: Path, tls: Tls, faults: list[str] | None = None, *, recognises: bool = True) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.faults = list(faults or [])
        self.recognises = recognises
        self.requests: list[tuple[str, str]] = []  # method, handover id
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.number = count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.gateway = self  # type: ignore[attr-defined]
        context = server_context(tls)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients are killed here
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"https://localhost:{self._server.server_address[1]}/dossiers"

    def taken(self) -> dict[str, list[str]]:
        """By handover id: the hash of each body that was taken under it."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.folder.iterdir()):
            found.setdefault(path.name.partition("_")[0], []).append(sha256(path.read_bytes()).hexdigest())
        return found

    def take(self, key: str, body: bytes) -> int:
        """Take a body; 409 when it is recognised as a repeat."""
        with self.lock:
            known = list(self.folder.glob(f"{key}_*"))
            if known and self.recognises:
                return 409
            (self.folder / f"{key}_{next(self.number)}").write_bytes(body)
            return 201

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def gateway(self) -> Gateway:
        return self.server.gateway  # type: ignore[attr-defined, no-any-return]

    def do_POST(self) -> None:
        key = self.headers["Idempotency-Key"]
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # who sent it was killed half way: nobody takes half a dossier
            self.close_connection = True
            return None
        gateway = self.gateway
        gateway.requests.append(("POST", key))
        gateway.headers.append(dict(self.headers))
        with gateway.lock:
            fault = gateway.faults.pop(0) if gateway.faults else ""
        if fault.startswith("status-"):
            return self._answer(int(fault.removeprefix("status-")), b"{}", **{"Retry-After": "0"})
        if fault == "reset-before":
            return self._reset()
        status = gateway.take(key, body)
        if fault in ("timeout", "slow"):
            return self._slow(drops=fault == "slow")
        if fault == "reset":
            return self._reset()
        if fault == "500":
            return self._answer(500, b"{}")
        receipt = json.dumps({"receipt": f"R-{key[:8]}", "sha256": sha256(body).hexdigest()}).encode()
        if fault == "no-receipt":
            receipt = b"<html>thank you</html>"
        if fault == "other-bytes":
            receipt = receipt.replace(sha256(body).hexdigest().encode(), b"0" * 64)
        if fault == "huge":
            receipt = b" " * 200_000 + receipt
        if fault == "cut":
            return self._answer(status, receipt[:20], length=len(receipt))
        self._answer(status, receipt)
        if fault == "twice":
            self._answer(status, receipt)
        return None

    def do_GET(self) -> None:
        key = self.path.rpartition("/")[2]
        self.gateway.requests.append(("GET", key))
        hashes = self.gateway.taken().get(key)
        if hashes is None:
            return self._answer(404, b"{}")
        return self._answer(200, json.dumps({"receipt": f"R-{key[:8]}", "sha256": hashes[0]}).encode())

    def _answer(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    def _reset(self) -> None:
        self.close_connection = True
        raw: Any = self.connection
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        raw.shutdown(socket.SHUT_RDWR)

    def _slow(self, *, drops: bool) -> None:
        self.close_connection = True
        if drops:
            self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n")
        left = threading.Event()
        threading.Thread(target=lambda: (self._until_they_leave(), left.set()), daemon=True).start()
        while not left.wait(0.05):
            if drops:
                self.wfile.write(b" ")

    def _until_they_leave(self) -> None:
        with contextlib.suppress(OSError):
            while self.connection.recv(1):
                pass

    def log_message(self, *_: Any) -> None:
        """Silent."""
