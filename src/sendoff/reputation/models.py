"""The tables of what others say of us. Times are milliseconds since 1970 (UTC), days count from it.

What a report says is kept as a claim of whoever sent it: nothing in it proves who that was.
"""

from datetime import date

from django.db import models

from sendoff.lib import clock


class Report(models.Model):
    """One report as it was read: who says it, of which time, about which domain of ours.

    `key` makes the same report sent twice one row. Without a workspace it is about no domain of
    ours and counts nowhere; with a `problem` nothing was read from it.
    """

    class Kind(models.TextChoices):
        DMARC = "dmarc", "DMARC, summed"
        TLS = "tls", "TLS"
        FAILURE = "failure", "DMARC, one failure"

    workspace_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=40, unique=True)
    org = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=320, blank=True)
    report_id = models.CharField(max_length=300, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    begin_ms = models.BigIntegerField(null=True)
    end_ms = models.BigIntegerField(null=True)
    policy = models.JSONField(default=dict, help_text="What the reporter found published")
    messages = models.BigIntegerField(default=0, help_text="Or sessions, of a TLS report")
    passed = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=10, help_text="mail, page or command")
    mail_id = models.BigIntegerField(null=True, help_text="The inbound mail it came in")
    received_ms = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "kind", "received_ms"], name="reports_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.kind} report {self.report_id} of {self.org}"


class DmarcRow(models.Model):
    """So many messages of one report from one address that ended alike.

    `spf` and `dkim` say whether each passed in the name of the From domain; `selector` is that of
    the signature that did, `our_key` whether it was one of ours then.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="dmarc_rows")
    workspace_id = models.BigIntegerField()
    domain = models.CharField(max_length=253)
    day = models.PositiveIntegerField()
    source_ip = models.CharField(max_length=45)
    header_from = models.CharField(max_length=253)
    disposition = models.CharField(max_length=20, blank=True)
    spf = models.BooleanField()
    dkim = models.BooleanField()
    selector = models.CharField(max_length=63, blank=True)
    our_key = models.BooleanField(default=False)
    reason = models.CharField(max_length=40, blank=True, help_text="Why the policy was not applied")
    messages = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "domain", "day"], name="dmarc_by_day")]

    def __str__(self) -> str:
        return f"{self.messages} as {self.header_from} from {self.source_ip}"

    @property
    def on(self) -> date:
        """The day as a date."""
        return clock.at(self.day * 86_400_000).date()


class TlsRow(models.Model):
    """So many sessions of one report that ended alike; `result` is empty where they went well."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="tls_rows")
    workspace_id = models.BigIntegerField()
    domain = models.CharField(max_length=253)
    day = models.PositiveIntegerField()
    policy_type = models.CharField(max_length=20, blank=True)
    result = models.CharField(max_length=60, blank=True)
    mx = models.CharField(max_length=253, blank=True)
    said = models.CharField(max_length=300, blank=True)
    sessions = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "domain", "day"], name="tls_by_day")]

    def __str__(self) -> str:
        return f"{self.sessions} to {self.domain}: {self.result or 'went well'}"


class Standing(models.Model):
    """What one blocklist said last of one address or domain of a workspace, and why."""

    workspace_id = models.BigIntegerField()
    subject = models.CharField(max_length=253)
    zone = models.CharField(max_length=253)
    state = models.CharField(max_length=10, help_text="listed, clean or unknown")
    why = models.CharField(max_length=500, blank=True)
    asked_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "subject", "zone"], name="one_standing")
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.zone}: {self.state}"


class Listing(models.Model):
    """A time for which a blocklist had an address or domain; it lasts while `until_ms` is empty."""

    workspace_id = models.BigIntegerField()
    subject = models.CharField(max_length=253)
    zone = models.CharField(max_length=253)
    why = models.CharField(max_length=500)
    codes = models.CharField(max_length=200, help_text="The answers as they came")
    since_ms = models.BigIntegerField()
    seen_ms = models.BigIntegerField(help_text="When it was last seen there")
    until_ms = models.BigIntegerField(null=True)
    grave = models.BooleanField(default=False, help_text="Many receivers go by this list")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "subject", "zone"],
                condition=models.Q(until_ms=None),
                name="one_open_listing",
            )
        ]
        indexes = [models.Index(fields=["since_ms"], name="listings_by_begin")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.zone} since {self.since_ms}"


class Eye(models.Model):
    """A connector to what others tell of us: its key, sealed, and how the last look went."""

    workspace_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, help_text="google or snds")
    sealed_key = models.BinaryField(help_text="A service account's JSON, or the feed's URL")
    who = models.CharField(max_length=254, help_text="The account, or the feed's host; no secret")
    added_ms = models.BigIntegerField()
    looked_ms = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    said = models.JSONField(default=list, help_text="What could not be had of some, in sentences")
    standing = models.JSONField(default=dict, help_text="Rules kept, by domain")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "kind"], name="one_eye_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of workspace {self.workspace_id}"


class OutsideDay(models.Model):
    """What others told of a domain or address of ours on one day."""

    workspace_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    subject = models.CharField(max_length=253)
    day = models.PositiveIntegerField()
    figures = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "kind", "subject", "day"], name="one_outside_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} on {self.day} by {self.kind}"


class Failure(models.Model):
    """One message that failed, as a failure report tells of it. It names no recipient."""

    report = models.OneToOneField(Report, models.CASCADE, related_name="failure")
    workspace_id = models.BigIntegerField()
    day = models.PositiveIntegerField()
    source_ip = models.CharField(max_length=45)
    header_from = models.CharField(max_length=320)
    envelope_from = models.CharField(max_length=320, blank=True)
    failed = models.CharField(max_length=40, blank=True, help_text="spf, dkim, dmarc …")
    result = models.CharField(max_length=40, blank=True, help_text="What the receiver did with it")
    subject = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.header_from} from {self.source_ip}: {self.failed}"
