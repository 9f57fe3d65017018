"""The tally counts what counting row by row gives, however findings are spread over dossiers and schools."""

from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from dod2oso.findings.catalogue import entry
from dod2oso.ledger import tables
from dod2oso.ledger.store import Ledger
from dod2oso.report.tally import common, tally
from dod2oso.report.texts import cause_key

FINDINGS = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["oso-regel", "oso-schema", "waarde-verlies", "leerling-dubbel"]),
        "rule": st.sampled_from(["", "inzagedatum-verplicht"]),
        "cause": st.sampled_from(["", "reden"]),
        "target": st.sampled_from(["", "dossier/a"]),
        "note": st.sampled_from(["", "3 van 4"]),
        "place": st.sampled_from(["", "rij 7, met: <teken> én |"]),
        "shape": st.sampled_from(["", "99-99", "x"]),
        "count": st.integers(1, 300),
    }
)
DOSSIERS = st.tuples(
    st.sampled_from(["99XX", "99YY", ""]), st.sampled_from(["ready", "held", "rejected", "merged"]), st.lists(FINDINGS)
)


@settings(max_examples=25)
@given(st.lists(DOSSIERS, max_size=6), st.lists(FINDINGS, max_size=3))
def test_a_tally_is_what_counting_row_by_row_gives(
    tmp_path_factory: object,
    given_dossiers: list[tuple[str, str, list[dict[str, object]]]],
    about: list[dict[str, object]],
) -> None:
    folder: Path = tmp_path_factory.mktemp("tally")  # type: ignore[attr-defined]
    n, where, schools = Counter[object](), Counter[object](), dict[object, set[str]]()
    blocked, only = Counter[object](), Counter[object]()
    with Ledger.open(folder, folder) as ledger:
        run = ledger.begin_run("2018.1", "POVO", "2019-03-02")
        row = ledger.start_export(run, 0, "a", "2018.1", "POVO", "p", "f", "c", "2019-03-02")
        with ledger.write() as connection:
            for number, (brin, state, findings) in enumerate([*given_dossiers, ("", "", about)], start=1):
                inside = bool(state)
                if inside:
                    connection.execute(
                        insert(tables.dossiers).values(
                            id=number, export_id=row.id, record=number, dossier_id=f"d{number}", pseudonym="p",
                            match_pgn="", match_name="", brin=brin, vestiging="00", state=state, converted=state,
                            placed=True, source_values=0, mapped=0, dropped=0, unmapped=0, refused=0, lossy=0,
                        )
                    )  # fmt: skip
                mine, errors = set(), set()
                for one in findings:
                    severity = entry(str(one["code"])).severity
                    values = {"export_id": row.id, "dossier": number if inside else None, "severity": severity}
                    connection.execute(insert(tables.findings).values(field="f", **values, **one))
                    words = {key: str(one[key]) for key in ("code", "target", "note", "place")}
                    cause = common(reason=str(one["rule"] or one["cause"]), **words)
                    n[cause] += int(str(one["count"]))
                    mine.add(cause)
                    if severity == "error":
                        errors.add(cause)
                if inside:
                    where.update(mine)
                    for cause in mine if brin else ():
                        schools.setdefault(cause, set()).add(brin)
                    if state in ("held", "rejected"):
                        blocked.update(errors)
                        only.update(errors if len(errors) == 1 else ())
        with ledger.read() as connection:
            found = tally(connection, run)
    assert {one.cause: (one.n, one.dossiers, one.schools) for one in found.by_cause()} == {
        cause: (n[cause], where[cause], len(schools.get(cause, ()))) for cause in n
    }
    assert {one.cause: (one.dossiers, one.only) for one in found.blocking()} == {
        cause: (times, only[cause]) for cause, times in blocked.items()
    }
    assert [one.dossiers for one in found.blocking()] == sorted(blocked.values(), reverse=True)


def test_findings_are_grouped_as_causes_are_called() -> None:
    for code in ("oso-regel", "oso-schema", "waarde-verlies", "export-onleesbaar"):
        for reason in ("", "reden"):
            called = common(code, reason, "doel", "noot", "plek").key
            assert called == cause_key(code, reason, "doel", called.detail)
