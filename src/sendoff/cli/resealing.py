"""`sendoff reseal`: seal every secret anew once the key ring has a newer key. It shows none."""

import typer

from sendoff.cli import office


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("reseal")(reseal)


def reseal(as_json: bool = office.JSON) -> None:
    """Seal every key, password and secret anew with the first key of SENDOFF_KEYS.

    The last key of the ring must stay all the same: links and return paths are signed with it.
    """
    office.ready()
    from sendoff.reputation import public as reputation
    from sendoff.senders import public as senders
    from sendoff.webhooks import public as webhooks

    renewed = senders.reseal() + webhooks.reseal() + reputation.reseal()
    if as_json:
        office.answer({"resealed": renewed})
    else:
        office.tell(f"{renewed:,} sealed anew; the others were already.")
