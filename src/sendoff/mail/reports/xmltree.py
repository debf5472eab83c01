"""Read XML of strangers into a plain tree. No entity, no DTD and no depth beyond need is taken."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from sendoff.mail.reports.unpacking import ReportError

MAX_DEPTH = 32  # RFC 9990 needs 7; extensions may be deeper
MAX_ELEMENTS = 1_000_000  # about 30,000 rows
MAX_TEXT = 64 * 1024  # characters of one element; what is longer is cut


@dataclass(slots=True)
class Element:
    """One element: its name without a namespace, what it says and what is in it."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def child(self, name: str) -> "Element":
        """The first child of that name; an empty one where there is none."""
        return next((child for child in self.children if child.name == name), Element(name))

    def all(self, name: str) -> Iterator["Element"]:
        """Every child of that name."""
        return (child for child in self.children if child.name == name)

    def says(self, name: str) -> str:
        """The text of the first child of that name, without blanks around it; "" without one."""
        return self.child(name).text.strip()


_NONE: dict[str, str] = {}  # one for all elements without attributes; nobody writes into it


class _Builder:
    """Builds the tree as expat reads; refuses what no report needs."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise ReportError("The report's XML is nested or long beyond all need; it was refused.")
        element = Element(name.rpartition(":")[2], attributes or _NONE)
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        element = self._open[-1] if self._open else None
        if element is not None and len(element.text) < MAX_TEXT:
            element.text += data

    def refuse(self, *_: object) -> int:
        raise ReportError("The report's XML declares a DTD or entities, so it was refused.")


def read(data: bytes) -> Element:
    """The root of a document. ReportError where it is no XML or declares a DTD or entities."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    try:
        parser.Parse(data.lstrip(), True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset}"
        raise ReportError(f"The report is not XML at {where}, so nothing was read.") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, ReportError):
            raise
        raise ReportError("The report is in an encoding that is not known here.") from None
    if builder.root is None:
        raise ReportError("The report is empty.")
    return builder.root
