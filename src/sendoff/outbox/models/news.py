"""The tables of who wants to hear what becomes of messages, and of what they were not told yet."""

from django.db import models


class Listener(models.Model):
    """A workspace of which somebody downstream wants the news."""

    workspace_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"listener of {self.workspace_id}"


class News(models.Model):
    """What became of one message, written with the change itself; gone once it was told.

    `n` is the attempt that brought it about, 0 where none did.
    """

    workspace_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    n = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    at_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.campaign_id}.{self.seq} {self.state}"
