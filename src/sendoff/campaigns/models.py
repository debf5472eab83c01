"""What and when: campaigns, their frozen versions, and every change of badge as a row."""

from django.db import models

from sendoff.lib import clock


class Badge(models.TextChoices):
    """What a campaign is doing, as people see it."""

    DRAFT = "draft", "Draft"
    QUEUING = "queuing", "Queuing"
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Purpose(models.TextChoices):
    """What a campaign is for: in a lane the transactional ones go first."""

    MARKETING = "marketing", "Marketing"
    TRANSACTIONAL = "transactional", "Transactional"


class Campaign(models.Model):
    """One mailing. Its text may change until Send; then the version is what counts."""

    class Kind(models.TextChoices):
        HTML = "html", "HTML"
        MJML = "mjml", "MJML"

    workspace = models.ForeignKey("accounts.Workspace", models.PROTECT)
    name = models.CharField(max_length=200)
    badge = models.CharField(max_length=10, choices=Badge, default=Badge.DRAFT)
    lists = models.ManyToManyField("audience.List", related_name="+")
    domain = models.ForeignKey("senders.SendingDomain", models.PROTECT, null=True)
    server = models.ForeignKey("senders.SendingServer", models.PROTECT, null=True)
    pool = models.ForeignKey("senders.Pool", models.PROTECT, null=True, help_text="Or its server")
    from_name = models.CharField(max_length=100, blank=True)
    from_email = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500)
    preheader = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.HTML)
    source = models.TextField(help_text="HTML or MJML, with Liquid merge fields")
    merging = models.BooleanField(default=True, help_text="Off: the text is sent as it stands")
    track_opens = models.BooleanField(default=True)
    track_clicks = models.BooleanField(default=True)
    # How it is sent
    purpose = models.CharField(max_length=15, choices=Purpose, default=Purpose.MARKETING)
    per_minute = models.PositiveIntegerField(null=True, blank=True)
    retry_after_s = models.JSONField(default=list, help_text="Waits between tries, in seconds")
    time_to_live_s = models.PositiveIntegerField(default=48 * 3600)
    resend_unknown = models.BooleanField(default=False)
    # Frozen at Send
    version = models.OneToOneField("Version", models.PROTECT, null=True, related_name="+")
    audience = models.PositiveIntegerField(null=True, help_text="People counted at Send")
    watermark = models.BigIntegerField(null=True, help_text="Last membership that belongs to it")
    launched_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_ms = models.BigIntegerField(default=0, help_text="Time spent paused")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """Content and sender as they were at Send: what every message of the campaign is made of."""

    workspace = models.ForeignKey("accounts.Workspace", models.PROTECT)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="versions")
    content = models.TextField(help_text="Compiled content: content.Content as JSON")
    sender = models.JSONField(help_text="From, reply-to, domain, selector as they were at Send")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.campaign_id} at {self.created_at:%Y-%m-%d %H:%M}"


class BadgeChange(models.Model):
    """One change of badge: when, by whom and why."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="badges")
    badge = models.CharField(max_length=10, choices=Badge)
    at = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=254, help_text="A person's address, or the part of Sendoff")
    why = models.CharField(max_length=500)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.badge} {self.at:%H:%M:%S}"
