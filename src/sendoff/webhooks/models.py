"""The tables of who is told what, and of every try to tell them. Times: ms since 1970 (UTC)."""

from django.db import models


class Endpoint(models.Model):
    """An address of another program that is told of the events it chose.

    Off for a reason of ours: `off_why` says it. The old secret signs too until `old_until_ms`.
    """

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(help_text="Ids of events.toml")
    enabled = models.BooleanField(default=True)
    sealed_secret = models.BinaryField(default=bytes)
    sealed_old = models.BinaryField(default=bytes)
    old_until_ms = models.BigIntegerField(default=0)
    since_ms = models.BigIntegerField(help_text="What happened before is not told")
    failing_since_ms = models.BigIntegerField(null=True)
    off_why = models.CharField(max_length=300, default="")
    off_ms = models.BigIntegerField(null=True)
    created_by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event for one endpoint. `event_id`, the webhook-id, is the same whenever it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        TAKEN = "taken", "Taken"
        GIVEN_UP = "given_up", "Given up"

    workspace_id = models.BigIntegerField()
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, db_index=False)
    event_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    at_ms = models.BigIntegerField(help_text="When it happened")
    made_ms = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0, help_text="Since it was made, or replayed")
    due_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="one_event_an_endpoint")
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_ms"],
                name="deliveries_due",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["made_ms"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.endpoint_id}"


class Try(models.Model):
    """One request: when, to which address, what was answered with its first words, and how long."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="log")
    at_ms = models.BigIntegerField()
    address = models.CharField(max_length=45)
    status = models.PositiveIntegerField(null=True, help_text="Null: no answer")
    said = models.CharField(max_length=500)
    ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.status or 'no answer'} after {self.ms} ms"


class Mark(models.Model):
    """How far a source of events was read, and where listening began. No row: nobody listens."""

    name = models.CharField(max_length=30, primary_key=True)
    start = models.BigIntegerField()
    at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} up to {self.at}"
