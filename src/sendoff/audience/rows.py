"""Turn a row of the file into a person, or say why it is none. Pure: no file, no database."""

from dataclasses import dataclass

from sendoff.audience.columns import Columns
from sendoff.audience.sheet import Record
from sendoff.mail import addresses

MAX_VALUE = 10_000  # characters; a value is printed into a mail


@dataclass(frozen=True, slots=True)
class Person:
    """An address in its normal form and the custom fields that the row fills."""

    email: str
    domain: str
    fields: dict[str, str]


def read(record: Record, columns: Columns) -> Person | str:
    """The person of a row, or one sentence that says why it is rejected."""
    if record.problem:
        return record.problem
    cells, names = record.cells, columns.names
    if len(cells) > len(names) and any(cells[len(names) :]):
        return (
            f"It has {len(cells)} values for {len(names)} columns; a value that contains the"
            " separator needs quotes around it."
        )
    try:
        address = addresses.normalise(cells[columns.email] if columns.email < len(cells) else "")
    except addresses.AddressError as error:
        return str(error)
    # A cell that is empty says nothing: it never wipes out what is known.
    fields = {
        name: value for name, cell in zip(names, cells, strict=False) if (value := cell.strip())
    }
    fields.pop("email", None)
    too_long = next((name for name, value in fields.items() if len(value) > MAX_VALUE), None)
    if too_long:
        return f"The value of “{too_long}” is longer than {MAX_VALUE:,} characters."
    return Person(address.text, address.domain, fields)
