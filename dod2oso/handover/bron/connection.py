"""One connection to the source: passes all to the HTTP library, and sees what the receiver does after an answer.

OSO has no message in which a receiver confirms a dossier to the source. So the source calls a dossier fetched only when
the receiver, after the whole answer had left, went on in order: it asked its next question on the connection (a whole
one; a stray byte is none), or said at the level of TLS that it was ready (close_notify), by itself or when we close an
idle connection. A connection that just breaks proves nothing.

Also the clock of the connection: whoever does not get a whole request across in time is cut off, however slowly and
steadily its bytes drip in.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Protocol

Receipt = Callable[[bool], None]  # told once: whether the receiver took the answer


class House(Protocol):
    """Who keeps the connections."""

    def came(self, connection: "Connection") -> bool:
        """Whether there is room for one more."""

    def gone(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """Between the TLS transport and `inner`, the protocol of the HTTP library."""

    def __init__(self, inner: Any, seconds: float, idle_seconds: float, house: House) -> None:
        self.inner = inner
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._house = house
        self._admitted = False
        self._transport: Any = None
        self._receipt: Receipt | None = None
        self._sent = False
        self._early = False  # bytes came while an answer was still leaving: they say nothing about it
        self._late = False  # bytes came after it
        self._busy = False
        self._clock: asyncio.TimerHandle | None = None

    # --- for whoever handles a request ---------------------------------------------------------------------------

    def begin(self) -> None:
        """A whole request head came in and is being handled: the clock stops."""
        if self._receipt is not None and self._late and not self._early:
            self._settle(True)
        self._busy = True
        self._stop_clock()

    def end(self) -> None:
        """The request was answered."""
        self._busy = False
        if self._admitted:
            self._start_clock(self._idle_seconds)  # later than the library, which closes an idle connection in order

    def expect(self, receipt: Receipt) -> None:
        """An answer is about to be sent, and somebody wants to know whether it was taken."""
        self._settle(False)
        self._receipt, self._sent, self._early, self._late = receipt, False, False, False
        if not self._admitted:  # it left while we were deciding
            self._settle(False)

    def sent(self) -> None:
        """The whole answer was written; from now on what the receiver does counts."""
        self._sent = True

    def goodbye(self) -> None:
        """Close in order, unless a request is being handled."""
        if not self._busy:
            self._transport.close()

    def give_up(self) -> None:
        """Nobody waits any longer: cut it off."""
        self._settle(False)
        self._transport.abort()

    # --- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """After the TLS handshake; a client that does not get through it never comes here."""
        self._transport = transport
        self._admitted = self._house.came(self)
        if not self._admitted:
            self._transport.abort()
            return
        self._start_clock(self._seconds)
        self.inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._receipt is not None:
            after = self._sent and self._nothing_left()
            self._early, self._late = self._early or not after, self._late or after
        self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        if self._receipt is not None:
            stray = self._early or self._late  # it began to say something, and no request came of it
            self._settle(self._sent and not stray and self._nothing_left() and self._closed_in_order())
        return bool(self.inner.eof_received()) or None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._admitted:
            self._admitted = False
            self._stop_clock()
            self._settle(False)
            self._house.gone(self)
            self.inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()

    # -------------------------------------------------------------------------------------------------------------

    def _settle(self, taken: bool) -> None:
        receipt, self._receipt = self._receipt, None
        if receipt is not None:
            receipt(taken)

    def _nothing_left(self) -> bool:
        """Whether every byte was given to the operating system.

        asyncio shows the buffer of the TLS layer but not the one below it; when that cannot be seen the answer is no,
        and a dossier is then called unknown rather than fetched.
        """
        below = getattr(getattr(self._transport, "_ssl_protocol", None), "_transport", None)
        if below is None or self._transport.get_write_buffer_size():
            return False
        return not below.get_write_buffer_size()

    def _closed_in_order(self) -> bool:
        """Whether the receiver sent close_notify; asyncio reports a connection that was cut in the same way."""
        tls = self._transport.get_extra_info("ssl_object")
        try:
            return tls is not None and tls.read(1) == b""
        except ssl.SSLZeroReturnError:  # it answered our own close_notify
            return True
        except ssl.SSLError:
            return False

    def _start_clock(self, seconds: float) -> None:
        self._stop_clock()
        self._clock = asyncio.get_running_loop().call_later(seconds, self._transport.abort)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
