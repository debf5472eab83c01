"""What people type about sending domains, as forms. They ask no DNS."""

from django import forms

from sendoff.proving import naming


class DomainForm(forms.Form):
    """A new sending domain."""

    name = forms.CharField(
        max_length=300,
        label="Domain",
        help_text="What stands behind the @ of your From address, such as shop.example.",
    )

    def clean_name(self) -> str:
        try:
            return naming.read(self.cleaned_data["name"])
        except naming.NameProblem as problem:
            raise forms.ValidationError(str(problem)) from None


class PaceForm(forms.Form):
    """How much goes out from a domain."""

    per_minute = forms.IntegerField(
        min_value=1,
        max_value=9_999_999,
        required=False,
        label="Messages a minute from this domain, by all servers",
    )
