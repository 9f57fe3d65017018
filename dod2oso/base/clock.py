"""The one place for time. A run's date can be fixed, so that the same input gives the same bytes."""

import os
import re
import time
from datetime import UTC, date, datetime

from dod2oso.base.errors import UsageError

_DUTCH = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})\Z")


def run_date(text: str | None) -> date:
    """The date written into dossiers: as given (JJJJ-MM-DD or DD-MM-JJJJ), else SOURCE_DATE_EPOCH, else today.

    Raises UsageError when `text` or the environment variable is no date.
    """
    if text is not None:
        try:
            return date.fromisoformat("-".join(reversed(dutch.groups())) if (dutch := _DUTCH.match(text)) else text)
        except ValueError:
            raise UsageError("date-wrong") from None
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is not None:
        try:
            return datetime.fromtimestamp(int(epoch), UTC).date()
        except (ValueError, OverflowError, OSError):
            raise UsageError("source-date-epoch-wrong") from None
    return datetime.now().astimezone().date()


def now() -> datetime:
    """This moment in UTC, for the ledger; never written into a dossier."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds on a clock that only goes forward."""
    return time.monotonic()
