"""The tables of what came back by mail. Times are milliseconds since 1970 (UTC)."""

from django.db import models

MAX_TEXT = 2_000


class InboundMail(models.Model):
    """One mail as it came: stored before it was answered for, read afterwards.

    `content` is emptied when it is old; `place` says where a poller found it, so that a mail that
    could not be deleted there is not stored twice.
    """

    class State(models.TextChoices):
        STORED = "stored", "Waiting to be read"
        READ = "read", "Read"
        DROPPED = "dropped", "Dropped"
        FAILED = "failed", "Could not be read"

    workspace_id = models.BigIntegerField(null=True, help_text="Known once it was read")
    source = models.CharField(max_length=10, help_text="smtp, imap or pop3")
    peer = models.CharField(max_length=100)
    sender = models.CharField(max_length=320, help_text="MAIL FROM; empty for the null sender")
    recipients = models.JSONField(help_text="RCPT TO, ours alone")
    size = models.PositiveIntegerField()
    content = models.BinaryField(default=bytes)
    received_ms = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.STORED)
    why = models.CharField(max_length=500, default="")
    tries = models.PositiveIntegerField(default=0)
    place = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001 - many NULLs
    report = models.CharField(max_length=20, default="", help_text="Type of the report it brings")
    passed_on = models.BooleanField(default=False, help_text="The report was read on")

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="mail_to_read", condition=models.Q(state="stored")),
            models.Index(fields=["received_ms"], name="mail_by_time"),
            models.Index(
                fields=["id"],
                name="reports_to_read",
                condition=models.Q(passed_on=False) & ~models.Q(report=""),
            ),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk} from {self.peer}"


class InboundCount(models.Model):
    """How often something happened at the mail server on a day (since 1970, UTC)."""

    day = models.PositiveIntegerField()
    what = models.CharField(max_length=20)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "what"], name="one_inbound_count")]

    def __str__(self) -> str:
        return f"{self.count} {self.what}"


class Event(models.Model):
    """One thing that came back about a message, verbatim, and what was done about it.

    `key` makes the same news told twice one row. `first` marks the first of its kind for a message:
    what is counted, and what mail may act on.
    """

    workspace_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField(null=True)
    seq = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField(null=True)
    email = models.CharField(max_length=320, blank=True)
    kind = models.CharField(max_length=16)
    source = models.CharField(max_length=10)
    category = models.CharField(max_length=24, blank=True)
    fault = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=12, blank=True, help_text="Enhanced code, as 5.1.1")
    text = models.CharField(max_length=MAX_TEXT, blank=True, help_text="Verbatim")
    rule = models.CharField(max_length=60, blank=True)
    effect = models.CharField(max_length=300, blank=True, help_text="What was done, in words")
    at_ms = models.BigIntegerField()
    mail_id = models.BigIntegerField(null=True, help_text="The inbound mail it was read from")
    first = models.BooleanField(default=True)
    key = models.CharField(max_length=80, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign_id", "seq", "kind"],
                condition=models.Q(first=True, campaign_id__isnull=False),
                name="one_first_event",
            )
        ]
        indexes = [
            models.Index(fields=["campaign_id", "seq"], name="events_of_message"),
            models.Index(fields=["workspace_id", "at_ms"], name="events_by_time"),
            models.Index(fields=["contact_id"], name="events_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.campaign_id}.{self.seq}"


class Tally(models.Model):
    """How many messages of a campaign something came back about: bounced, complained, …"""

    campaign_id = models.BigIntegerField()
    what = models.CharField(max_length=16)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign_id", "what"], name="one_feedback_tally")
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.what} of {self.campaign_id}"


class Mark(models.Model):
    """How far something was read: the replies in sessions, by the end of their attempts."""

    name = models.CharField(max_length=20, primary_key=True)
    ms = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} up to {self.ms}"


class LoopCheck(models.Model):
    """A mail that was sent to see whether what comes back reaches us, and what became of it."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    to = models.CharField(max_length=320)
    server = models.CharField(max_length=100)
    started_ms = models.BigIntegerField()
    accepted = models.BooleanField(null=True, help_text="By the first server on its way")
    said = models.CharField(max_length=500, default="", help_text="What that server answered")
    back_ms = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"loop check {self.pk} to {self.to}"
