"""The tables of what is kept by day: old attempts, unknown replies, sources, TLS reports."""

from django.db import models


class AttemptCount(models.Model):
    """How many attempts ended alike on one day (since 1970, UTC), once their details are gone."""

    campaign_id = models.BigIntegerField()
    provider = models.CharField(max_length=253)
    outcome = models.CharField(max_length=10)
    stage = models.CharField(max_length=10)
    fault = models.CharField(max_length=20)
    category = models.CharField(max_length=24)
    day = models.PositiveIntegerField()
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign_id", "provider", "outcome", "stage", "fault", "category", "day"],
                name="one_attempt_count",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.outcome} at {self.stage}"


class UnmatchedReply(models.Model):
    """How often a reply of one shape, which no rule knows, was met on a day; with its first sample.

    `last_ms` is the end of the newest attempt counted: the clerk goes on from there.
    """

    workspace_id = models.BigIntegerField()
    day = models.DateField()
    shape = models.CharField(max_length=200)
    provider = models.CharField(max_length=253)
    stage = models.CharField(max_length=10)
    sample = models.CharField(max_length=500, help_text="Addresses masked")
    count = models.BigIntegerField(default=0)
    last_ms = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace_id", "day", "shape", "provider", "stage"],
                name="one_shape_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} on {self.day}: {self.shape}"


class SourceDay(models.Model):
    """What became of a server's tries at a provider on one day, counted with their settling.

    `deferred` is what was put off for a reason of ours, `bounced` what was refused for the
    recipient's, `blocked` for our address. `failures` counts tries in a row that failed for a
    reason that may be the server's; the last of them is told by the fields that begin with `last`.
    """

    server = models.ForeignKey("senders.SendingServer", models.CASCADE)
    provider = models.CharField(max_length=253)
    day = models.PositiveIntegerField(help_text="Counted from 1970, in UTC")
    sent = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    deferred = models.BigIntegerField(default=0)
    bounced = models.BigIntegerField(default=0)
    blocked = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    last_ms = models.BigIntegerField(default=0)
    last_stage = models.CharField(max_length=10, default="")
    last_fault = models.CharField(max_length=20, default="")
    last_category = models.CharField(max_length=24, default="")
    last_reply = models.CharField(max_length=500, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "provider", "day"], name="one_source_day")
        ]

    def __str__(self) -> str:
        return f"{self.server_id} at {self.provider} on {self.day}"


class TlsReport(models.Model):
    """One TLS report (RFC 8460): of which day, about whose domain, to whom, and what came of it."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    day = models.CharField(max_length=10, help_text="As 2026-11-21, UTC")
    domain = models.CharField(max_length=253)
    address = models.CharField(max_length=500, help_text="A rua of the domain's record")
    successful = models.PositiveIntegerField(help_text="Sessions")
    failed = models.PositiveIntegerField(help_text="Sessions")
    document = models.JSONField(default=dict, help_text="The report, RFC 8460 4.4")
    tries = models.PositiveIntegerField(default=0)
    tried_ms = models.BigIntegerField(default=0)
    accepted = models.BooleanField(default=False)
    said = models.CharField(max_length=500, default="", help_text="What the other side answered")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "day", "domain", "address"], name="one_tls_report"
            )
        ]

    def __str__(self) -> str:
        return f"{self.domain} {self.day}"
