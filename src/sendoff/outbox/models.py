"""The tables of the queue and its books. The ORM makes the schema; queries.sql writes.

Times are milliseconds since 1970 (UTC) in columns that end in `_ms`, so that SQL can compare and
add them alike on every database.
"""

from django.db import models


class Plan(models.Model):
    """How far the rows of a campaign are written; the cursor is a place in the audience's order."""

    campaign = models.OneToOneField("campaigns.Campaign", models.CASCADE, primary_key=True)
    cursor_domain = models.CharField(max_length=253, default="")
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
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}.{self.seq} attempt {self.n}"


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
