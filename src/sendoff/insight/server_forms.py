"""What people type about servers, as forms. They check what can be seen without asking anybody."""

from typing import Any

from django import forms

from sendoff.drivers.contract import ServerConfig
from sendoff.senders import public as senders

_DRIVERS = (("direct", "Our own delivery, to each recipient's server"), ("smtp", "A relay"))
_TLS = (
    ("opportunistic", "when offered"),
    ("required", "always, or not at all"),
    ("implicit", "from the first byte (port 465)"),
    ("none", "never"),
)
_PORTS = {"implicit": 465}


class ServerForm(forms.Form):
    """A new way out."""

    name = forms.CharField(max_length=100, label="Name")
    driver = forms.ChoiceField(choices=_DRIVERS, label="How it sends", widget=forms.RadioSelect)
    helo = forms.CharField(
        max_length=253,
        label="Introduces itself as",
        help_text="A full host name that leads to its address and back, such as mail.example.org.",
    )
    source_ip = forms.GenericIPAddressField(
        required=False, label="Sends from", help_text="An address of this machine."
    )
    host = forms.CharField(max_length=253, required=False, label="Relay")
    port = forms.IntegerField(
        min_value=1, max_value=65535, required=False, label="Port of the relay"
    )
    tls = forms.ChoiceField(choices=_TLS, label="Encryption")
    username = forms.CharField(max_length=200, required=False, label="Name at the relay")
    password = forms.CharField(
        max_length=500, required=False, label="Password at the relay", widget=forms.PasswordInput
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("driver") == "smtp" and not values.get("host"):
            self.add_error("host", "Say which relay, such as relay.example.org.")
        return values

    def config(self) -> ServerConfig:
        """The server as a driver needs it."""
        wanted = self.cleaned_data
        relay = wanted["driver"] == "smtp"
        return ServerConfig(
            driver=wanted["driver"],
            helo=wanted["helo"],
            source_ip=wanted["source_ip"] or "",
            host=wanted["host"] if relay else "",
            port=wanted["port"] or _PORTS.get(wanted["tls"], 25),
            tls=wanted["tls"],
            username=wanted["username"] if relay else "",
            password=wanted["password"] if relay else "",
        )


class LoginForm(forms.Form):
    """Another name or password at a relay; what was kept is not shown."""

    username = forms.CharField(max_length=200, required=False, label="Name at the relay")
    password = forms.CharField(
        max_length=500, required=False, label="New password", widget=forms.PasswordInput
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if bool(values.get("username")) != bool(values.get("password")):
            self.add_error(None, "Give a name and a password, or leave both empty to use none.")
        return values


class QuotaForm(forms.Form):
    """How much a server may send."""

    per_minute = forms.IntegerField(
        min_value=1, required=False, label="Messages a minute, to all providers together"
    )
    hourly = forms.IntegerField(min_value=1, required=False, label="Messages an hour, in all")
    daily = forms.IntegerField(min_value=1, required=False, label="Messages a day, in all")

    def __init__(self, server: senders.Server, data: Any = None) -> None:
        now = {
            "per_minute": server.per_minute_total,
            "hourly": server.hourly_quota,
            "daily": server.daily_quota,
            "warmup": server.warmup,
        }
        super().__init__(data, initial=now)
        plans = [(name, f"by the plan “{name}”") for name in senders.plans()]
        if server.routed:  # a relay has addresses of its own
            choices = [("", "it is warm"), *plans]
            self.fields["warmup"] = forms.ChoiceField(
                choices=choices, required=False, label="Warm-up"
            )

    def quotas(self) -> senders.Quotas:
        """What to set."""
        wanted = self.cleaned_data
        return senders.Quotas(
            hourly=wanted["hourly"], daily=wanted["daily"], warmup=wanted.get("warmup", "")
        )
