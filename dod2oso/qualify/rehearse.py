"""A rehearsal from kit to results: all set up, each scenario played and judged, one never stopping another."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from dod2oso.base.clock import now, stopwatch
from dod2oso.base.errors import UsageError
from dod2oso.base.files import make_private_dir
from dod2oso.base.texts import Text
from dod2oso.handover.soap.client import Unreachable
from dod2oso.handover.soap.envelope import Fault, Malformed
from dod2oso.handover.wire.load import shipped
from dod2oso.handover.wire.model import Wire
from dod2oso.ledger.store import Ledger
from dod2oso.qualify.answers import Inputs
from dod2oso.qualify.checks import Judged, judge
from dod2oso.qualify.kit import Kit, Scenario, pupils
from dod2oso.qualify.outcome import Answer, Rehearsal, Result, environment, is_asked, settle
from dod2oso.qualify.plays import PLAYS
from dod2oso.qualify.scene import Elsewhere, Mode, NotDoneError, Person, Scene, Story, on_stage
from dod2oso.qualify.stand import Stand, make

PKI = "pki"
_NOT_TESTED = ("other-form", "none")  # kinds of answers that say nothing about a scenario
_OF_SOURCE, _OF_RECEIVER = ("bron",), ("doel", "swv")


def check_mode(kit: Kit, mode: Mode) -> None:
    """UsageError when this kit is not about the system that is elsewhere."""
    if mode is Mode.source and kit.role not in _OF_SOURCE:
        raise UsageError("qualify-kit-not-for-source", kit=kit.name)
    if mode is Mode.receiver and kit.role not in _OF_RECEIVER:
        raise UsageError("qualify-kit-not-for-receiver", kit=kit.name)


async def rehearse(
    folder: Path,
    work: Path,
    kit: Kit,
    mode: Mode,
    chosen: Sequence[str],
    inputs: Inputs,
    answers: Mapping[str, Answer],
    *,
    earlier: Mapping[str, Result] | None = None,
    person: Person = lambda _text: False,
    say: Callable[[Text], None] = lambda _text: None,
    ready: Callable[[Scene], None] = lambda _scene: None,
    done: Callable[[Result], None] = lambda _result: None,
    port: int = 0,
) -> Rehearsal:
    """Rehearse these scenarios; of the others the `earlier` results stay.

    `folder`: certificates are made and kept here (pki/); `work`: our own source works here. `ready` is called when all
    is up, `done` after each scenario. Raises UsageError when kit and mode do not fit, ConfigurationError for what is
    set wrong.
    """
    check_mode(kit, mode)
    older = "true" if kit.speaks.older else "false"
    made = Rehearsal(kit, mode, dict(earlier or {}), now().isoformat(timespec="seconds"))
    made.environment = environment(mode, kit, older=older, source=inputs.source, seconds=f"{inputs.seconds:g}")
    wire = shipped(kit.speaks.wire).delivering((kit.speaks.oso,) if kit.speaks.older else ())
    played = [name for name in chosen if kit.scenarios[name].play]
    for name in chosen:
        if name not in played:
            made.results[name] = _settled(kit, name, answers, (), None)
            done(made.results[name])
    make_private_dir(folder, tighten=False)
    with contextlib.ExitStack() as closing:
        stand = _stand(work, kit, played, say, closing) if played and mode is not Mode.source else None
        for outdated in (False, True):
            names = [name for name in played if _outdated(kit.scenarios[name]) is outdated]
            if names:
                elsewhere = Elsewhere(inputs.source, inputs.receiver)
                async with on_stage(
                    make_private_dir(folder / PKI), kit, mode, wire, pupils(), inputs.pgns(), stand, elsewhere,
                    inputs.seconds, person, say, outdated=outdated, port=port,
                ) as scene:  # fmt: skip
                    ready(scene)
                    for name in names:
                        made.results[name] = await _one(scene, name, answers)
                        done(made.results[name])
    made.results = {name: made.results[name] for name in kit.scenarios if name in made.results}
    return made


def _outdated(scenario: Scenario) -> bool:
    return scenario.words is not None and scenario.words.bron == "delivers-outdated"


def _stand(
    folder: Path, kit: Kit, played: Sequence[str], say: Callable[[Text], None], closing: contextlib.ExitStack
) -> Stand:
    """Our own source with the pupils that are asked for."""
    words = [each for name in played if (each := kit.scenarios[name].words) is not None]
    needed = {name for each in words for name in (each.pupil, each.other) if name}
    out = make_private_dir(folder / "dod2oso-out")
    ledger = closing.enter_context(Ledger.open(out / "ledger.sqlite", out))
    return make(ledger, folder, kit, needed, say)


async def _one(scene: Scene, name: str, answers: Mapping[str, Answer]) -> Result:
    """Play and judge one scenario; whatever goes wrong in it is its own result."""
    scenario = scene.kit.scenarios[name]
    scene.story = Story()
    began, watch = now().isoformat(timespec="milliseconds"), stopwatch()
    reason: Text | None = None
    assert scenario.words is not None  # noqa: S101 - it has a play
    try:
        await PLAYS[scenario.play](scene, scenario.words)
    except NotDoneError as error:
        reason = error.text
    except (Fault, Unreachable, Malformed, OSError, TimeoutError) as error:
        reason = Text("qualify-reason-broken", kind=type(error).__name__)
    judged = [] if reason else list(_judged(scene, scenario))
    reason = reason or _nothing_tested(scene, scenario)
    return _settled(scene.kit, name, answers, judged, reason, scene.story, began=began, seconds=stopwatch() - watch)


def _judged(scene: Scene, scenario: Scenario) -> Iterator[Judged]:
    for expected in scenario.expected(scene.kit.role):
        yield judge(scene, expected)


def _nothing_tested(scene: Scene, scenario: Scenario) -> Text | None:
    """Why the answers say nothing about the scenario: a form that is not judged here, or no connection."""
    if scenario.play == "certificates":
        return None
    if scene.story.forms:
        return Text("qualify-reason-other-form", why=Text(f"qualify-why-{scene.story.forms[0]}"))
    for each in scene.story.exchanged:
        if each.understood.kind in _NOT_TESTED:
            return Text(f"qualify-reason-{each.understood.kind}", why=Text(f"qualify-why-{each.understood.why}"))
    return None


def _settled(
    kit: Kit,
    name: str,
    answers: Mapping[str, Answer],
    judged: Sequence[Judged],
    reason: Text | None,
    story: Story | None = None,
    *,
    began: str = "",
    seconds: float = 0.0,
) -> Result:
    asked = is_asked(kit, name)
    answer = answers.get(name) if asked else None
    return settle(
        kit, name, judged, answer, reason, asked=asked, lines=story.lines if story else (),
        began=began or now().isoformat(timespec="milliseconds"), seconds=seconds,
    )  # fmt: skip


def wire_of(kit: Kit) -> Wire:
    """The messages that a kit speaks."""
    return shipped(kit.speaks.wire)
