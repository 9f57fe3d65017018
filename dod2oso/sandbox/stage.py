"""Puts every ready dossier of a ledger on the shelf of the source, as `handover send` does."""

from pathlib import Path

from sqlalchemy import true

from dod2oso.handover.receivers import allow
from dod2oso.handover.send import hand_over
from dod2oso.handover.senders.registry import local_senders
from dod2oso.handover.senders.sender import BRON
from dod2oso.ledger.handover_tables import handovers
from dod2oso.ledger.handovers import Handover, Step, pages
from dod2oso.ledger.store import Ledger
from dod2oso.oso.transfers import transfer


def stage(ledger: Ledger, out_dir: Path, doel_brin: str, account: str) -> list[Handover]:
    """Stage all that may go, and mark that `doel_brin` may fetch what is for a school; what the source has now."""
    hand_over(ledger, out_dir, local_senders(ledger, out_dir), BRON, true(), Step(account))
    staged = [each for page in pages(ledger, handovers.c.sender == BRON) for each in page]
    for_school = [each for each in staged if not transfer(each.overstap).same_brin]
    allow(ledger, [(each.pseudonym, doel_brin) for each in for_school], account)
    return staged
