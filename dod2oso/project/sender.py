"""Who sends mails for a project and to whom: from dod2oso.toml and the register, never from the ledger."""

from dod2oso.ledger.store import Ledger
from dod2oso.project.folder import ProjectFolder
from dod2oso.project.packages import School, Sender
from dod2oso.report.facts import run_facts
from dod2oso.source.register import Expected, read_register


def sender_of(project: ProjectFolder, ledger: Ledger, run_id: str) -> Sender:
    """Who sends, and the last day of the transfer that the run was about."""
    with ledger.read() as connection:
        transfer = run_facts(connection, run_id).overstap
    settings = project.transfers.get(transfer)
    last = settings.deadline if settings is not None else None
    return Sender(project.project.contact, project.project.sender, last.isoformat() if last is not None else "")


def contacts(project: ProjectFolder | None) -> dict[School, Expected]:
    """The schools of the register of a project, with whom to write to; none without a project."""
    path = project.register if project is not None else None
    if project is None or path is None:
        return {}
    return dict(read_register(path, project.directories).expected)
