"""The tables of what came back over HTTP; written only by `queries.sql`, read by anyone upstream.

A row names its message by campaign and number, so it belongs to the campaign's workspace. There
are no foreign keys: a hit is written from its token alone, without looking anything up.
"""

from django.db import models

from sendoff.tracking.hits import DETAIL_CHARS, IP_CHARS, METHOD_CHARS, USER_AGENT_CHARS

LABEL_CHARS = 16


class Hit(models.Model):
    """One request for a pixel, a link or an unsubscribe, whoever or whatever made it.

    It is labelled some seconds later, and counted then (`labelling`); both may be done anew.
    """

    id = models.BigAutoField(primary_key=True)
    campaign_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=12)  # open, click, unsubscribe
    link = models.IntegerField(null=True)  # number of the link in the frozen version
    detail = models.CharField(max_length=DETAIL_CHARS)  # dynamic link: target; unsubscribe: how
    at_ms = models.BigIntegerField()
    user_agent = models.CharField(max_length=USER_AGENT_CHARS)
    ip = models.CharField(max_length=IP_CHARS)
    method = models.CharField(max_length=METHOD_CHARS)
    label = models.CharField(max_length=LABEL_CHARS, default="", db_default="")
    rule = models.CharField(max_length=40, default="", db_default="", help_text="Of labels.toml")

    class Meta:
        indexes = [
            models.Index(fields=["campaign_id", "seq"], name="tracking_hit_message"),
            models.Index(
                fields=["campaign_id", "id"],
                name="tracking_hit_no_label",
                condition=models.Q(label=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of message {self.campaign_id}.{self.seq}"


class Engagement(models.Model):
    """What one message has brought back, summed up.

    `opened_by` and `clicked_by`: the likeliest label that its opens and clicks have earned.
    """

    pk = models.CompositePrimaryKey("campaign_id", "seq")
    campaign_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    opens = models.IntegerField(default=0)
    clicks = models.IntegerField(default=0)
    first_open_ms = models.BigIntegerField(null=True)
    first_click_ms = models.BigIntegerField(null=True)
    unsubscribed_ms = models.BigIntegerField(null=True)
    opened_by = models.CharField(max_length=LABEL_CHARS, default="", db_default="")
    clicked_by = models.CharField(max_length=LABEL_CHARS, default="", db_default="")

    def __str__(self) -> str:
        return f"engagement of message {self.campaign_id}.{self.seq}"


class Tally(models.Model):
    """Per campaign: messages opened, clicked and unsubscribed (each once), and all hits."""

    campaign_id = models.BigIntegerField(primary_key=True)
    opened = models.BigIntegerField(default=0)
    clicked = models.BigIntegerField(default=0)
    unsubscribed = models.BigIntegerField(default=0)
    hits = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"tally of campaign {self.campaign_id}"


class LabelTally(models.Model):
    """How many messages to a provider were opened or clicked (`kind`) by whom (`label`)."""

    campaign_id = models.BigIntegerField()
    provider = models.CharField(max_length=253)
    kind = models.CharField(max_length=12)
    label = models.CharField(max_length=LABEL_CHARS)
    messages = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign_id", "provider", "kind", "label"], name="one_label_tally"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.label}: {self.messages}"


class Reader(models.Model):
    """The same for one contact, over all campaigns; `last_ms` is the newest such hit."""

    contact_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    label = models.CharField(max_length=LABEL_CHARS)
    messages = models.BigIntegerField(default=0)
    last_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_id", "kind", "label"], name="one_reader")
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id}: {self.kind} by {self.label}"
