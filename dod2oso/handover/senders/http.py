"""The sender that POSTs each dossier to a gateway, once.

Promise: what is sent is written down before the first byte leaves, and it only counts as delivered when the gateway
answered with a receipt for exactly these bytes. No answer means `sent-unknown`. Such a dossier is sent again only when
the gateway recognises a repeat by its Idempotency-Key (`repeats = "recognised"`), or was asked and does not have it
(`"asked"`); else it waits for a person.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import stamina
from sqlalchemy import exists

from dod2oso.base.errors import TryLaterError
from dod2oso.handover.config import Http
from dod2oso.handover.receivers import receivers_of
from dod2oso.handover.senders.gateway import Answer, Gateway, Verdict
from dod2oso.handover.senders.queue import GatewayQueue
from dod2oso.handover.senders.sender import Pushed, Watch
from dod2oso.ledger import places
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import (
    ACKNOWLEDGED,
    OFFERED,
    REFUSED,
    STAGED,
    UNKNOWN,
    Handover,
    Step,
    is_right,
    move,
    pages,
)
from dod2oso.ledger.store import Ledger

UNKNOWN_IN_A_ROW = 3  # then it stops: a gateway that answers nobody must not leave thousands in doubt
WAIT_FIRST, WAIT_MOST, JITTER = 0.5, 30.0, 1.0  # seconds between attempts; more senders must not come back in step


class _Again(Exception):
    """This attempt may be followed by another."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.word)
        self.answer = answer


class HttpSender(GatewayQueue):
    """Sender `http`, able to call its gateway."""

    def __init__(self, ledger: Ledger, out_dir: Path, http: Http, gateway: Gateway) -> None:
        super().__init__(ledger, out_dir)
        self._http = http
        self._gateway = gateway

    def push(self, step: Step, watch: Watch) -> Pushed:
        done, in_a_row = Pushed(), 0
        left = sum(len(page) for page in self._due())
        for handover in (each for page in self._due() for each in page):
            answer = self._hand_over(handover, step)
            left -= 1
            if answer is None:  # no longer right: somebody changed it, or took it back
                continue
            watch(answer.verdict.value, left)
            done.acknowledged += answer.verdict is Verdict.ACKNOWLEDGED
            done.refused += answer.verdict is Verdict.REFUSED
            done.unknown += answer.verdict is Verdict.UNKNOWN
            in_a_row = in_a_row + 1 if answer.verdict is Verdict.UNKNOWN else 0
            if answer.verdict in _STOP or in_a_row == UNKNOWN_IN_A_ROW:
                done.left = left + (answer.verdict in _STOP)
                done.problem = _problem(answer)
                break
        if self._http.repeats == "unknown":
            mine = (handovers.c.sender == self.name, handovers.c.state == UNKNOWN)
            done.doubtful = sum(len(page) for page in pages(self.ledger, *mine)) - done.unknown
        return done

    def _due(self) -> Iterator[list[Handover]]:
        """Staged and still right; and those in doubt, where the gateway can tell a repeat."""
        states = [STAGED] if self._http.repeats == "unknown" else [STAGED, UNKNOWN]
        mine = (handovers.c.sender == self.name, handovers.c.state.in_(states))
        return pages(self.ledger, *mine, exists().where(is_right()))

    def _hand_over(self, handover: Handover, step: Step) -> Answer | None:
        """All attempts for one dossier; None when it may not be sent."""
        data = places.read_ready(self.out_dir, handover)
        if data is None:
            return None
        doubt = handover.state == UNKNOWN
        last: Answer | None = None
        try:
            for attempt in stamina.retry_context(
                on=_wait,
                attempts=self._http.attempts,
                timeout=None,
                wait_initial=WAIT_FIRST,
                wait_max=WAIT_MOST,
                wait_jitter=JITTER,
            ):
                with attempt:
                    last = self._attempt(handover, data, step, doubt=doubt)
                    if last is None:
                        return None
                    doubt = doubt or last.verdict is Verdict.UNKNOWN
                    if self._may_repeat(last):
                        raise _Again(last)
        except _Again as again:
            last = again.answer
        return last

    def _may_repeat(self, answer: Answer) -> bool:
        if answer.verdict is Verdict.UNKNOWN:
            return self._http.repeats != "unknown"
        return answer.verdict in (Verdict.BUSY, Verdict.UNREACHABLE)

    def _attempt(self, handover: Handover, data: bytes, step: Step, *, doubt: bool) -> Answer | None:
        """One attempt, from the entry before to the entry after; None when somebody else was first."""
        if doubt and self._http.repeats == "asked":
            answer = self._gateway.ask(handover)
            if answer.verdict is not Verdict.ABSENT:
                return self._settle(handover, answer, step, doubt=True)
        wire = step._replace(wire_sha256=sha256(data).hexdigest(), reason="aangeboden")
        if not move(self.ledger, [handover.id], OFFERED, wire, only_from=(STAGED, UNKNOWN)):
            return None
        answer = self._gateway.send(handover, data, sorted(receivers_of(self.ledger, handover)))
        return self._settle(handover, answer, step, doubt=doubt and self._http.repeats != "asked")

    def _settle(self, handover: Handover, answer: Answer, step: Step, *, doubt: bool) -> Answer:
        """Write down what an answer means. While an earlier attempt is in doubt, only a receipt ends the doubt."""
        new = _STATES.get(answer.verdict, UNKNOWN if doubt else STAGED)
        after = step._replace(answer=answer.word, receipt=answer.receipt, reason="antwoord")
        move(self.ledger, [handover.id], new, after, only_from=(OFFERED, UNKNOWN))
        return answer


_STOP = (Verdict.UNWELCOME, Verdict.UNREACHABLE, Verdict.BUSY)
_STATES = {Verdict.ACKNOWLEDGED: ACKNOWLEDGED, Verdict.REFUSED: REFUSED, Verdict.UNKNOWN: UNKNOWN}


def _wait(error: Exception) -> bool | float:
    """Whether to try again, and how long to wait when the gateway said so."""
    if not isinstance(error, _Again):
        return False
    return True if error.answer.wait is None else error.answer.wait


def _problem(answer: Answer) -> TryLaterError:
    word = answer.word
    if answer.verdict is Verdict.UNWELCOME:
        return TryLaterError("gateway-refuses-us", word=word)
    if answer.verdict is Verdict.UNKNOWN:
        return TryLaterError("gateway-no-answer", word=word)
    if word == "certificaat-verlopen":
        return TryLaterError("gateway-certificate-expired")
    if word == "certificaat-niet-vertrouwd":
        return TryLaterError("gateway-certificate-wrong")
    return TryLaterError("gateway-unreachable", word=word)
