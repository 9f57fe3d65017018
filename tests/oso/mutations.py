"""Damage done to a dossier on purpose: every kind of change a schema should, or should not, object to."""

import copy
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import islice
from random import Random

from lxml import etree

Change = Callable[[etree._Element], None]

XSI = "http://www.w3.org/2001/XMLSchema-instance"

VALUES = {
    "boolean": ("true", "false", "1", "0", " true ", "TRUE", "yes", "01", "+1", ""),
    "date": (
        *("2019-02-28", "2019-02-29", "2020-02-29", "2019-07-31", " 2019-07-31\n", "2019-1-1", "2019-13-01"),
        *("2019-01-01Z", "2019-01-01+02:00", "2019-01-01-14:00", "2019-01-01+14:01", "2019-01-01T00:00:00"),
        *("0000-01-01", "-0044-03-15", "12019-01-01", "019-01-01", "01-01-2019", "２０１９-01-01", ""),
    ),
    "integer": (
        "1",
        "0",
        "-1",
        "+5",
        "007",
        " 8 ",
        "24",
        "25",
        "1000",
        "1001",
        "9" * 30,
        "1.0",
        "1e3",
        "٣",
        "",
    ),
    "int": (
        "34",
        "-1",
        "+5",
        "007",
        " 8 ",
        "2147483647",
        "2147483648",
        "-2147483648",
        "-2147483649",
        "1.0",
        "",
    ),
    "decimal": (
        "7.5",
        ".5",
        "5.",
        "+1.5",
        "-0.0",
        " 1.5 ",
        "1" * 40 + ".5",
        "7,5",
        "1e3",
        "INF",
        "NaN",
        ".",
        "",
    ),
    "string": (
        *(
            "",
            " ",
            "x",
            "x" * 35,
            "x" * 36,
            "😀" * 35,
            "😀" * 36,
            "x" * 280,
            "x" * 281,
            "x" * 1024,
            "x" * 1025,
        ),
        *(
            "12",
            "1",
            "123",
            "٣٣",
            "12\n",
            " 12",
            "12AB",
            "12ab",
            "٣٣AB",
            "12ÀB",
            "1234",
            "٣٣٣٣",
            "123",
            "12345",
        ),
        *("2018-2019", "2018/2019", "٢٠١٨-2019", "2018-12", "٢٠١٨-١٢", "2018-1", "14-05-2007", "١٤-05-2007"),
        *("14-5-2007", "2007-05-14", "\u00a0", "-", "0015"),
    ),
}
ATTRIBUTES = (
    *(("omschrijving", "tekst"), ("omschrijving", ""), ("omschrijving", " "), ("onbekend", "x")),
    *((f"{{{XSI}}}nil", "true"), (f"{{{XSI}}}nil", "false"), (f"{{{XSI}}}schemaLocation", "urn:x x.xsd")),
    *(("{http://www.w3.org/XML/1998/namespace}lang", "nl"), ("{urn:x}omschrijving", "x")),
)


def _remove(element: etree._Element) -> None:
    element.getparent().remove(element)


def _duplicate(element: etree._Element) -> None:
    element.addnext(copy.deepcopy(element))


def _repeat(element: etree._Element) -> None:
    for _ in range(4):
        element.addnext(copy.deepcopy(element))


def _swap_with_next(element: etree._Element) -> None:
    following = next(element.itersiblings("*"), None)
    if following is not None:
        following.addnext(element)


def _move_to_front(element: etree._Element) -> None:
    element.getparent().insert(0, element)


def _move_to_end(element: etree._Element) -> None:
    element.getparent().append(element)


def _move_up(element: etree._Element) -> None:
    if element.getparent().getparent() is not None:
        element.getparent().addnext(element)


def _move_into_previous(element: etree._Element) -> None:
    previous = next(element.itersiblings("*", preceding=True), None)
    if previous is not None:
        previous.append(element)


def _rename(element: etree._Element) -> None:
    element.tag += "x"


def _rename_to_sibling(element: etree._Element) -> None:
    following = next(element.itersiblings("*"), None)
    if following is not None:
        element.tag = following.tag


def _change_case(element: etree._Element) -> None:
    name = etree.QName(element)
    element.tag = f"{{{name.namespace}}}{name.localname.swapcase()}"


def _lose_namespace(element: etree._Element) -> None:
    element.tag = etree.QName(element).localname


def _leave_namespace(element: etree._Element) -> None:
    element.tag = f"{{urn:x}}{etree.QName(element).localname}"


def _empty(element: etree._Element) -> None:
    for child in list(element):
        element.remove(child)
    element.text = None


def _write_in_front(element: etree._Element) -> None:
    element.text = "tekst" + (element.text or "")


def _write_spaces(element: etree._Element) -> None:
    element.text = " \t\n" + (element.text or "")


def _write_hard_space(element: etree._Element) -> None:
    element.text = "\u00a0" + (element.text or "")


def _write_behind(element: etree._Element) -> None:
    element.tail = "tekst"


def _add_child(element: etree._Element) -> None:
    etree.SubElement(element, element.tag)


def _add_comment(element: etree._Element) -> None:
    half = len(element.text or "") // 2
    comment = etree.Comment("opmerking")
    comment.tail = (element.text or "")[half:]
    element.text = (element.text or "")[:half]
    element.insert(0, comment)


def _add_instruction(element: etree._Element) -> None:
    element.insert(0, etree.ProcessingInstruction("doe", "iets"))


_SHAPES: tuple[Change, ...] = (
    *(_remove, _duplicate, _repeat, _swap_with_next, _move_to_front, _move_to_end, _move_up),
    _move_into_previous,
    *(_rename, _rename_to_sibling, _change_case, _lose_namespace, _leave_namespace),
    *(_empty, _write_in_front, _write_spaces, _write_hard_space, _write_behind),
    *(_add_child, _add_comment, _add_instruction),
)
SHAPES = {shape.__name__: shape for shape in _SHAPES}


def nth(root: etree._Element, n: int) -> etree._Element:
    """The n-th element in document order; 0 is the root."""
    return next(islice(root.iter("*"), n, None))


def changes(kind: str) -> Iterator[tuple[str, Change]]:
    """Every change to one element; kind is the type of a field and "" for a block."""
    yield from SHAPES.items()
    for name, value in ATTRIBUTES:
        yield f"attribute {name}={value!r}", partial(_set_attribute, name=name, value=value)
    for value in _values(kind):
        yield f"value {value[:40]!r}", partial(_set_text, value=value)


def contents(element: etree._Element, kind: str) -> Iterator[str]:
    """Every change to attributes and text, without a copy: made when it is named, undone when the next is asked for."""
    for name, value in ATTRIBUTES:
        before = element.attrib.get(name)
        element.set(name, value)
        yield f"attribute {name}={value!r}"
        if before is None:
            del element.attrib[name]
        else:
            element.set(name, before)
    text = element.text
    for value in _values(kind):
        element.text = value
        yield f"value {value[:40]!r}"
    element.text = text


@cache
def _values(kind: str) -> tuple[str, ...]:
    """What to write in a field of this type: odd values of its own, and one of every other type; nothing in a block."""
    if not kind:
        return ()
    return tuple(dict.fromkeys((*VALUES[kind], *(values[0] for values in VALUES.values()))))


def random_mutant(root: etree._Element, kinds: list[str], random: Random) -> tuple[etree._Element, str]:
    """A copy with one to three changes, and what they were; kinds of all elements in document order."""
    mutant = copy.deepcopy(root)
    labels = []
    for _ in range(random.choice((1, 1, 2, 3))):
        n = random.randrange(1, len(kinds))
        label, change = random.choice(list(changes(kinds[n])))
        try:
            change(nth(mutant, n))
        except StopIteration:  # an earlier change took elements away
            continue
        labels.append(f"{n}: {label}")
    return mutant, "; ".join(labels)


def _set_attribute(element: etree._Element, name: str, value: str) -> None:
    element.set(name, value)


def _set_text(element: etree._Element, value: str) -> None:
    element.text = value
