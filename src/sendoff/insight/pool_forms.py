"""What people type about pools, as forms. A shared pool is the operator's: it has no form here."""

from collections.abc import Sequence
from typing import Any

from django import forms

from sendoff.senders import public as senders

_PURPOSES = (("", "any mail"), ("marketing", "marketing"), ("transactional", "transactional"))


class PoolForm(forms.Form):
    """A new pool."""

    name = forms.CharField(max_length=100, label="Name of a new pool")


class PartForm(forms.Form):
    """A server's part in a pool; what is left empty is no condition."""

    weight = forms.IntegerField(
        min_value=1, max_value=1000, initial=1, label="Share beside the others"
    )
    purpose = forms.ChoiceField(choices=_PURPOSES, required=False, label="Only for")
    from_domain = forms.CharField(
        max_length=253, required=False, label="Only for mail from this domain"
    )
    providers = forms.CharField(
        max_length=500,
        required=False,
        label="Only to these providers",
        help_text="As the table of provider limits names them, with commas: google, yahoo.",
    )

    def __init__(self, servers: Sequence[senders.Server], data: Any = None) -> None:
        super().__init__(data)
        chosen = forms.ChoiceField(
            choices=[(str(each.id), each.name) for each in servers], label="Server"
        )
        self.fields = {"server": chosen} | self.fields

    def part(self) -> senders.Part:
        """What to put in."""
        wanted = self.cleaned_data
        names = (name.strip().lower() for name in wanted["providers"].split(","))
        return senders.Part(
            server_id=int(wanted["server"]),
            weight=wanted["weight"],
            purpose=wanted["purpose"],
            from_domain=wanted["from_domain"].strip(),
            providers=tuple(name for name in names if name),
        )
