"""What happened, line by line, for the log: who, which message, how it ended. Nothing about a pupil.

Words that come from a message are only repeated when they have the shape of a BRIN or a code; a session is named by its
first eight characters.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from dod2oso.base.brin import is_brin
from dod2oso.base.clock import now

_SESSION = re.compile(r"[0-9A-Fa-f-]{8,64}\Z")


class LogLine(NamedTuple):
    """One message that was dealt with. `outcome` is one of our words or a code of OSO."""

    sender: str  # BRIN, or a name of ours
    receiver: str
    message: str
    outcome: str
    session: str = ""

    def text(self) -> str:
        """For people: moment, who to whom, what, how it ended."""
        session = f" [{safe_session(self.session)}]" if self.session else ""
        who = f"{self.sender or '?'} -> {self.receiver or '?'}"
        return f"{now():%H:%M:%S} {who} {self.message}{session}: {self.outcome}"


MessageLog = Callable[[LogLine], None]


def safe_brin(text: str) -> str:
    """A BRIN as it is; anything else (it comes from outside) as a question mark."""
    return text if is_brin(text) else "?"


def safe_session(text: str) -> str:
    return text[:8] if _SESSION.match(text) else "?"


def silent(_line: LogLine) -> None:
    """Nobody reads along."""
