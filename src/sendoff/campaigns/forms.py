"""The form in which a campaign is written. It reads; `drafting` decides what is missing."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from sendoff.audience import public as audience
from sendoff.campaigns import durations
from sendoff.campaigns.drafting import RETRY_AFTER_S, Check, DraftText
from sendoff.campaigns.models import Campaign, Purpose
from sendoff.senders import public as senders

MAX_SOURCE_BYTES = 2 * 1024 * 1024  # Gmail clips at 102 kB; this bounds what a compile may cost

# Where the sentences of `drafting.check` belong in the form.
_FIELD_OF = {
    "From": "from_local",
    "Reply-To": "reply_to",
    "Subject": "subject",
    "Lists": "lists",
    "Sending server": "server",
    "Content": "source",
}
_POOL = "pool-"  # before the number of a pool, where a server has the number alone
_CODE = {"class": "code", "spellcheck": "false", "autocapitalize": "off", "rows": 24}


class DraftForm(forms.Form):
    """Everything a marketer writes down about one mailing."""

    name = forms.CharField(
        max_length=200, help_text="For you and your team; recipients never see it."
    )
    lists = forms.TypedMultipleChoiceField(
        label="To these lists",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A person on several of them gets one message.",
    )
    from_name = forms.CharField(label="From: name", max_length=100, required=False)
    from_local = forms.CharField(
        label="From: address before the @", max_length=64, help_text="As “ana” or “news”."
    )
    from_domain = forms.ChoiceField(
        label="From: domain", required=False, help_text="Only domains with a key to sign with."
    )
    reply_to = forms.CharField(label="Reply-To", max_length=254, required=False)
    subject = forms.CharField(max_length=500, required=False)
    preheader = forms.CharField(
        max_length=500, required=False, help_text="The line that inboxes show after the subject."
    )
    kind = forms.ChoiceField(
        label="Written in", choices=Campaign.Kind.choices, widget=forms.RadioSelect
    )
    source = forms.CharField(
        label="Content",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs=_CODE),
        help_text="Merge fields are Liquid: {{ first_name | default: 'friend' }}. "
        "{{ unsubscribe_url }} is the person's own way out; without it a plain footer has one.",
    )
    upload = forms.FileField(
        label="Or take the content from a file",
        required=False,
        help_text="Replaces the text above. HTML or MJML in UTF-8, at most 2 MB.",
    )
    merging = forms.BooleanField(label="Fill in merge fields", required=False)
    track_opens = forms.BooleanField(label="Count opens", required=False)
    track_clicks = forms.BooleanField(label="Count clicks", required=False)
    server = forms.ChoiceField(
        label="Sent through", required=False, help_text="A server, or a pool that shares the mail."
    )
    purpose = forms.ChoiceField(
        label="Purpose",
        choices=Purpose.choices,
        required=False,
        help_text="Transactional mail, such as receipts, goes before marketing in every lane.",
    )
    per_minute = forms.IntegerField(
        label="Pace: at most so many a minute",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="Empty: as fast as the lanes allow.",
    )
    retry_after_s = forms.CharField(
        label="Try again after",
        required=False,
        max_length=200,
        help_text="The waits between tries of a message that was put off; then every 6 hours.",
    )
    time_to_live_s = forms.CharField(
        label="Give up after",
        max_length=20,
        help_text="Counted from the first try; stands still while paused.",
    )
    resend_unknown = forms.BooleanField(
        label="When the line is cut after the last dot, send again",
        required=False,
        help_text="Some people may then get the mail twice. Off: it waits for you to decide.",
    )

    def __init__(self, workspace_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = audience.lists(workspace_id)
        domains = [domain.name for domain in senders.domains(workspace_id)]
        ways = [(str(each.id), each.name) for each in senders.servers(workspace_id)]
        ways += [
            (f"{_POOL}{each.id}", f"{each.name} (pool)") for each in senders.pools(workspace_id)
        ]
        self._choices("lists", [(each.id, f"{each.name} ({each.subscribed:,})") for each in lists])
        self._choices("from_domain", [(name, name) for name in domains])
        self._choices("server", ways)

    def clean_from_local(self) -> str:
        local: str = self.cleaned_data["from_local"].strip()
        if "@" in local:
            raise forms.ValidationError(
                "Write only the part before the @; choose the domain beside it."
            )
        return local

    def clean_retry_after_s(self) -> tuple[int, ...]:
        return _read_durations(self.cleaned_data["retry_after_s"])

    def clean_time_to_live_s(self) -> int:
        lengths = _read_durations(self.cleaned_data["time_to_live_s"])
        if len(lengths) != 1 or not 1 <= lengths[0] <= 30 * 86400:
            raise forms.ValidationError("Write one length of time up to 30 days, like 48 h.")
        return lengths[0]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        upload = cleaned.get("upload")
        if upload is not None:
            cleaned["source"] = self._text_of(upload)
        elif len(cleaned.get("source") or "") > MAX_SOURCE_BYTES:
            self.add_error(
                "source",
                "The content is larger than 2 MB; link to pictures instead of carrying them.",
            )
        return cleaned

    def text(self) -> DraftText:
        """What was written, for `drafting`."""
        read = self.cleaned_data
        same = {name: read[name] for name in DraftText.__slots__ if name in read}
        same["purpose"] = read["purpose"] or Purpose.MARKETING
        domain = read["from_domain"]
        return DraftText(
            **same,
            list_ids=tuple(read["lists"]),
            from_email=f"{read['from_local']}@{domain}" if domain else read["from_local"],
            **_way(read["server"]),
        )

    def show(self, check: Check) -> None:
        """Put what stands between the draft and Send beside the fields it is about."""
        for problem in check.problems:
            self.add_error(_FIELD_OF.get(problem.place), problem.sentence)

    def _choices(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _text_of(self, upload: Any) -> str:
        if upload.size > MAX_SOURCE_BYTES:
            self.add_error(
                "upload",
                f"{upload.name} is larger than 2 MB; link to pictures instead of carrying them.",
            )
            return ""
        raw: bytes = upload.read()
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.add_error(
                "upload", f"{upload.name}, line {line}: this is not UTF-8. Save the file as UTF-8."
            )
            return ""


def new_form(workspace_id: int) -> DraftForm:
    """An empty form with the defaults of a new campaign."""
    initial = {
        "kind": Campaign.Kind.HTML,
        "merging": True,
        "track_opens": True,
        "track_clicks": True,
        "retry_after_s": ", ".join(map(durations.say, RETRY_AFTER_S)),
        "time_to_live_s": durations.say(48 * 3600),
    }
    return DraftForm(workspace_id, initial=initial)


def form_of(campaign: Campaign) -> DraftForm:
    """The form as a draft stands, so that `show` can put sentences beside its fields."""
    written = {
        name: getattr(campaign, name) for name in DraftForm.base_fields if hasattr(campaign, name)
    }
    local, _, domain = campaign.from_email.partition("@")
    written |= {
        "lists": list(campaign.lists.values_list("id", flat=True)),
        "from_local": local,
        "from_domain": domain,
        "server": f"{_POOL}{campaign.pool_id}" if campaign.pool_id else campaign.server_id or "",
        "retry_after_s": ", ".join(map(durations.say, campaign.retry_after_s)),
        "time_to_live_s": durations.say(campaign.time_to_live_s),
    }
    return DraftForm(
        campaign.workspace_id, MultiValueDict({k: _listed(v) for k, v in written.items()})
    )


def _way(chosen: str) -> dict[str, Any]:
    """The server or the pool that a choice means; nothing where none was made."""
    if chosen.startswith(_POOL):
        return {"pool_id": int(chosen.removeprefix(_POOL))}
    return {"server_id": int(chosen)} if chosen else {}


def _listed(value: object) -> list[Any]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [] if value in (False, None) else [str(value)]


def _read_durations(text: str) -> tuple[int, ...]:
    try:
        return durations.many(text)
    except durations.DurationError as error:
        raise forms.ValidationError(str(error)) from None
