"""What a person may do to a lane, as a form. It checks the words, and does nothing."""

from django import forms

from sendoff.outbox import public as outbox

_DO = (
    ("slow", "Slow it down"),
    ("suspend", "Suspend: nothing goes, what is on its way stops"),
    ("drain", "Drain: finish what is on its way, take nothing new"),
    ("resume", "Resume: end whatever keeps it shut"),
    ("expire", "Give up what waits here: it ends as refused, for good"),
)
_LASTS = (
    ("3600", "for an hour"),
    ("14400", "for 4 hours"),
    ("86400", "for a day"),
    ("", "until somebody undoes it"),
)


class ActForm(forms.Form):
    """One action with its reason."""

    do = forms.ChoiceField(choices=_DO, label="What to do", widget=forms.RadioSelect)
    per_minute = forms.IntegerField(
        min_value=1, max_value=1_000_000, required=False, label="Messages a minute, to slow down"
    )
    lasts = forms.ChoiceField(choices=_LASTS, required=False, label="How long")
    why = forms.CharField(max_length=500, label="Why, for those who wonder later")

    def act(self, by: str) -> outbox.Act:
        """What to put in force."""
        wanted = self.cleaned_data
        return outbox.Act(
            kind=wanted["do"],
            why=wanted["why"],
            by=by,
            lasts_s=float(wanted["lasts"]) if wanted["lasts"] else None,
            per_minute=wanted["per_minute"] if wanted["do"] == "slow" else None,
        )
