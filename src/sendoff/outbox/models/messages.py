"""The tables of the books: one row a message, one an attempt, and the counters beside them."""

from django.db import models


class Message(models.Model):
    """One person's copy of one campaign: its state, the stage it reached and what happens next."""

    pk = models.CompositePrimaryKey("campaign_id", "seq")
    # The primary key begins with it: an index of its own would only cost.
    campaign = models.ForeignKey("campaigns.Campaign", models.PROTECT, db_index=False)
    seq = models.BigIntegerField()
    workspace_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    domain = models.CharField(max_length=253)
    provider = models.CharField(max_length=253, default="")
    state = models.CharField(max_length=10)
    stage = models.CharField(max_length=10)
    fault = models.CharField(max_length=20, default="")
    category = models.CharField(max_length=24, default="")
    tls = models.CharField(max_length=4, default="")
    reason = models.CharField(max_length=500, default="", help_text="Last words, or why skipped")
    hold = models.CharField(max_length=16, default="")
    due_ms = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    parcel_id = models.BigIntegerField(null=True)
    queued_ms = models.BigIntegerField()
    dated_ms = models.BigIntegerField(null=True, help_text="The Date header, once fixed")
    settled_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            # The contact first, so that it also finds all messages of a person.
            models.UniqueConstraint(
                fields=["contact_id", "campaign"], name="one_message_per_person"
            )
        ]
        indexes = [
            models.Index(
                fields=["campaign", "due_ms"],
                name="messages_to_parcel",
                condition=models.Q(state="waiting", parcel_id=None),
            ),
            models.Index(
                fields=["parcel_id"],
                name="messages_in_parcel",
                condition=models.Q(parcel_id__isnull=False),
            ),
            models.Index(fields=["campaign", "stage", "state"], name="messages_at_a_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}.{self.seq}"


class Session(models.Model):
    """One connection to one site: what belongs to it and not to a single message."""

    id = models.CharField(max_length=40, primary_key=True)
    server_id = models.BigIntegerField()
    at_ms = models.BigIntegerField(db_index=True)
    evidence = models.TextField(help_text="drivers.contract.SessionEvidence as JSON")

    def __str__(self) -> str:
        return self.id


class Attempt(models.Model):
    """One try to hand a message over: where it ended, whose fault, and every reply verbatim."""

    pk = models.CompositePrimaryKey("campaign_id", "seq", "n")
    campaign_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    n = models.PositiveIntegerField()
    started_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField()
    outcome = models.CharField(max_length=10)
    stage = models.CharField(max_length=10)
    fault = models.CharField(max_length=20)
    category = models.CharField(max_length=24)
    code = models.PositiveIntegerField(null=True)
    enhanced = models.CharField(max_length=12)
    reply = models.TextField()
    steps = models.TextField(help_text="[[stage, ms, command, reply], …] as JSON")
    session_id = models.CharField(max_length=40)
    may_be_duplicate = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["ended_ms"],
                name="attempts_no_rule_knows",
                condition=models.Q(category="unknown"),
            ),
            models.Index(
                fields=["ended_ms"],
                name="attempts_recipient_fault",
                condition=models.Q(fault="recipient"),
            ),
            models.Index(fields=["ended_ms"], name="attempts_by_time"),
            models.Index(
                fields=["ended_ms", "enhanced", "code", "category", "fault"],
                name="attempts_in_trouble",
                condition=~models.Q(outcome="accepted"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}.{self.seq} attempt {self.n}"


class Tally(models.Model):
    """How many messages stand alike; moved in the transaction that moves the messages."""

    campaign_id = models.BigIntegerField()
    provider = models.CharField(max_length=253)
    state = models.CharField(max_length=10)
    stage = models.CharField(max_length=10)
    fault = models.CharField(max_length=20)
    category = models.CharField(max_length=24)
    tls = models.CharField(max_length=4)
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign_id", "provider", "state", "stage", "fault", "category", "tls"],
                name="one_tally",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.state} at {self.stage}"


class UnknownDecision(models.Model):
    """What a person decided about the messages of unknown fate: when, who, how many."""

    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE)
    choice = models.CharField(max_length=10)
    messages = models.PositiveIntegerField()
    by = models.CharField(max_length=254)
    at_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.choice}: {self.messages}"
