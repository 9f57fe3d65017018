"""Whether a receiving system may take a dossier: of a version that holds, valid, and judged at all."""

from collections.abc import Collection, Iterator

from dod2oso.base.texts import Text
from dod2oso.oso.check_files import FileReport
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.receive.gather import Piece


def refusals(piece: Piece, accepted: Collection[str]) -> Iterator[Text]:
    """Why this dossier may not be taken; nothing when it may. accepted: the versions that hold."""
    report = piece.report
    if report is None or piece.data is None:
        return
    if report.version not in accepted:
        yield Text("receive-outdated", version=report.version, accepted=", ".join(accepted))
    for each, key in ((report, "receive-invalid"), (piece.whole, "receive-invalid-whole")):
        if each is None or each.verdict == "valid":
            continue
        yield Text(key, count=len(_against(each, "nl"))) if each.verdict == "invalid" else Text("receive-not-judged")
    if report.official.difference is not None:
        yield report.official.difference


def findings(report: FileReport, lang: str) -> list[str]:
    """What is wrong with a dossier, in sentences that hold no value; advice comes last and says so."""
    rules, advice = ruleset(report.version, report.layer), Text("check-advice").text(lang)
    advised = report.checked.rules.advised
    return _against(report, lang) + [f"{advice}: {rules.message(one.rule, lang)} [{one.rule}]" for one in advised]


def _against(report: FileReport, lang: str) -> list[str]:
    """What makes it invalid."""
    rules, theirs = ruleset(report.version, report.layer), Text("check-official").text(lang)
    found = [f"{error.text(lang)} ({error.path})" for error in report.checked.schema.errors]
    found += [f"{rules.message(one.rule, lang)} [{one.rule}]" for one in report.checked.rules.fired]
    return found + [f"{theirs}: {message}" for message in report.official.messages]
