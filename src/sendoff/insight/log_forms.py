"""What a log page asks for, as a form: what it does not know it leaves out. It reads no log."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.insight import advice, logbook
from sendoff.lib import clock
from sendoff.mail import stages
from sendoff.tracking import public as tracking

_DAY = forms.DateInput(attrs={"type": "date"})


class LogForm(forms.Form):
    """The filters of every log, in its address."""

    provider = forms.CharField(max_length=253, required=False, label="Provider")
    status = forms.CharField(
        max_length=12, required=False, label="Status", widget=forms.TextInput(attrs={"size": 6})
    )
    since = forms.DateField(required=False, label="From", widget=_DAY)
    until = forms.DateField(required=False, label="Up to", widget=_DAY)
    field_order = ("campaign", "list", "type", "provider", "status", "category", "fault")

    def __init__(self, workspace_id: int, log: str, *args: Any) -> None:
        super().__init__(*args)
        own = [each for each in campaigns.of_workspace(workspace_id) if each.audience]
        lists = audience.lists(workspace_id)
        self.fields["campaign"] = _choice("Campaign", [(each.id, each.name) for each in own])
        self.fields["list"] = _choice("List", [(each.id, each.name) for each in lists])
        types = logbook.TYPES[log]
        self.fields["type"] = _choice("What happened", [(name, _plain(name)) for name in types])
        if log == "hits":
            by = [(name, _plain(name)) for name in tracking.LABELS]
            self.fields["category"] = _choice("By", by)
            del self.fields["status"]
        else:
            words = [(name, advice.category_words(name)) for name in stages.CATEGORIES]
            self.fields["category"] = _choice("Category", words)
            faults = [each for each in stages.FAULT_READS.items() if each[0]]
            self.fields["fault"] = _choice("Fault", faults)
        self.order_fields(self.field_order)

    def wanted(self) -> logbook.Wanted:
        """What was asked for; days are days in UTC, and "up to" has its day in it."""
        self.is_valid()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        since, until = asked.pop("since", None), asked.pop("until", None)
        if since:
            asked["since_ms"] = _midnight_ms(since)
        if until:
            asked["until_ms"] = _midnight_ms(until + timedelta(days=1))
        for name in ("campaign", "list"):
            if name in asked:
                asked[name] = int(asked[name])
        return logbook.Wanted(**asked)


def _choice(label: str, rows: Sequence[tuple[Any, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[("", "All"), *rows], required=False, label=label)


def _midnight_ms(day: Any) -> int:
    return clock.ms(datetime.combine(day, time(), UTC))


def _plain(name: str) -> str:
    return {"deferred": "put off", "unknown": "we don't know", "trap": "hidden link"}.get(
        name, name.replace("_", " ").replace("-", " ")
    )
