"""What people type about endpoints, as forms. They check what is seen without asking anybody."""

from typing import Any

from django import forms

from sendoff.webhooks import catalogue, targets


class ChoiceForm(forms.Form):
    """Which events an endpoint is told."""

    kinds = forms.MultipleChoiceField(
        label="Tell it about",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        kinds = self.fields["kinds"]
        kinds.choices = [  # type: ignore[attr-defined]  # a MultipleChoiceField has them
            (event.id, f"{event.id}: {event.when}") for event in catalogue.emitted()
        ]


class EndpointForm(ChoiceForm):
    """A new endpoint."""

    url = forms.CharField(
        max_length=targets.MAX_URL,
        label="Where to post",
        help_text="Such as https://crm.example.com/hook, on port 443.",
    )
    field_order = ("url", "kinds")
