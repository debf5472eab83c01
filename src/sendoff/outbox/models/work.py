"""The tables of the order of work: plans, ways, lanes with what limits them, workers, parcels."""

from django.db import models


class Plan(models.Model):
    """How far the rows of a campaign are written: up to which contact, and to how many."""

    campaign = models.OneToOneField("campaigns.Campaign", models.CASCADE, primary_key=True)
    cursor_contact = models.BigIntegerField(default=0)
    planned = models.BigIntegerField(default=0)
    complete = models.BooleanField(default=False)
    routed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"plan of {self.campaign_id}"


class Route(models.Model):
    """The way to one recipient domain, resolved ahead of the claim and again when its TTL ends."""

    domain = models.CharField(max_length=253, primary_key=True)
    provider = models.CharField(max_length=253)
    hosts = models.JSONField(help_text="[[preference, host, [addresses], [tlsa], sts], …]")
    outcome = models.JSONField(null=True, help_text="Why mail cannot go there now; null: it can")
    evidence = models.JSONField(help_text="Questions, answers and milliseconds")
    policy = models.JSONField(null=True, help_text="smtp.mta_sts.Policy, kept for its max_age")
    trouble = models.CharField(max_length=40, default="", help_text="Why no policy could be had")
    resolved_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return self.domain


class Lane(models.Model):
    """What limits apply to: one way out and one provider. The limits themselves are computed."""

    server = models.ForeignKey("senders.SendingServer", models.CASCADE)
    provider = models.CharField(max_length=253)
    served_ms = models.BigIntegerField(default=0, help_text="Last claim, for fair turns")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "provider"], name="one_lane")]

    def __str__(self) -> str:
        return f"{self.provider} by {self.server_id}"


class Action(models.Model):
    """A limit put on lanes for a time, by a rule or a person; it holds for what its scope names.

    Empty columns of the scope hold for any: server and provider are a lane, a server alone is all
    its lanes, a domain is one sending identity. It ends by itself at `until_ms`.
    """

    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, null=True, help_text="Empty: for all workspaces"
    )
    rule = models.CharField(max_length=80, help_text='A rule of actions.toml, or "operator"')
    kind = models.CharField(max_length=10, help_text="slow, suspend, recover, drain or expire")
    server = models.ForeignKey("senders.SendingServer", models.CASCADE, null=True)
    provider = models.CharField(max_length=253, default="")
    domain = models.ForeignKey("senders.SendingDomain", models.CASCADE, null=True)
    per_minute = models.PositiveIntegerField(null=True)
    connections = models.PositiveIntegerField(null=True)
    messages_per_connection = models.PositiveIntegerField(null=True)
    reply = models.TextField(default="", help_text="The reply that set it off, verbatim")
    why = models.CharField(max_length=500)
    by = models.CharField(max_length=254, help_text="A person's address, or the part of Sendoff")
    messages = models.BigIntegerField(default=0, help_text="Messages that waited under it")
    since_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField(null=True)
    stop_until_ms = models.BigIntegerField(default=0, help_text="recover: nothing before")
    step_ms = models.BigIntegerField(default=0, help_text="recover: the last change")
    accepted = models.BigIntegerField(default=0, help_text="recover: accepted at the last change")
    undone_ms = models.BigIntegerField(null=True)
    undone_by = models.CharField(max_length=254, default="")
    undone_why = models.CharField(max_length=500, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["until_ms"], name="actions_in_force", condition=models.Q(undone_ms=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.rule}"


class Signal(models.Model):
    """A reply that a rule watches for, written with the outcome it came with, so counted once."""

    workspace_id = models.BigIntegerField()
    rule = models.CharField(max_length=80)
    server_id = models.BigIntegerField()
    provider = models.CharField(max_length=253)
    domain_id = models.BigIntegerField(null=True)
    reply = models.CharField(max_length=500)
    at_ms = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.rule} at {self.at_ms}"


class Permit(models.Model):
    """What all workers know of a limit: a pace's next time slot (GCRA), or a quota's count.

    Times are microseconds by the database's clock.
    """

    name = models.CharField(max_length=300, primary_key=True, help_text="lane:7 or campaign:12")
    next_us = models.BigIntegerField(default=0)
    window_us = models.BigIntegerField(default=0, help_text="When the quota's window began")
    used = models.BigIntegerField(default=0, help_text="What was taken in that window")

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """One sending process. It lives as long as it holds the lock on its journal."""

    id = models.CharField(max_length=40, primary_key=True)
    host = models.CharField(max_length=253)
    pid = models.IntegerField()
    started_ms = models.BigIntegerField()
    heartbeat_ms = models.BigIntegerField()
    settled = models.BigIntegerField(default=0)
    database_losses = models.PositiveIntegerField(default=0)
    queue_losses = models.PositiveIntegerField(default=0)
    journal_bytes = models.BigIntegerField(default=0)
    ended_ms = models.BigIntegerField(null=True)
    how = models.CharField(max_length=200, default="")
    lacks = models.JSONField(
        default=list, help_text="Servers whose source address its machine has not"
    )

    def __str__(self) -> str:
        return self.id


class Parcel(models.Model):
    """Up to 200 waiting messages of one campaign and lane: what is queued, leased and handed back.

    A leased parcel is the lane's connection permit, and the announcement of what its worker may
    send next.
    """

    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE)
    lane = models.ForeignKey(Lane, models.CASCADE)
    messages = models.PositiveIntegerField()
    available_ms = models.BigIntegerField(default=0)
    worker = models.ForeignKey(Worker, models.PROTECT, null=True)
    lease_until_ms = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["worker", "lane", "campaign", "available_ms"], name="parcels_to_take"
            ),
        ]

    def __str__(self) -> str:
        return f"parcel {self.pk}"
