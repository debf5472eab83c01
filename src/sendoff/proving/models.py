"""What was found of sending domains, and when it changed. Times are milliseconds since 1970."""

from django.db import models


class DomainCheck(models.Model):
    """The last check of a sending domain, and when the next is due."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    domain = models.OneToOneField(
        "senders.SendingDomain", models.CASCADE, related_name="+", primary_key=True
    )
    at_ms = models.BigIntegerField()
    ready = models.BooleanField()
    records = models.JSONField(help_text="One object a record, as `sendoff domain check` says it")
    next_ms = models.BigIntegerField()
    ready_since_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_ms"], name="checks_due")]

    def __str__(self) -> str:
        return f"check of domain {self.domain_id}"


class RecordChange(models.Model):
    """A record of a domain was found otherwise than the check before had found it."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    domain = models.ForeignKey("senders.SendingDomain", models.CASCADE, related_name="+")
    at_ms = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    purpose = models.CharField(max_length=80)
    host = models.CharField(max_length=300)
    before = models.CharField(max_length=12, help_text="The verdict until then")
    after = models.CharField(max_length=12)
    rule = models.CharField(max_length=60)
    sentence = models.TextField()
    found = models.TextField(help_text="What DNS answered, cut to a page's worth")

    class Meta:
        indexes = [models.Index(fields=["domain", "at_ms"], name="changes_of_domain")]

    def __str__(self) -> str:
        return f"{self.purpose} of domain {self.domain_id}: {self.after}"
