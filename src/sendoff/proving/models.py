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


class Preflight(models.Model):
    """The last preflight of a campaign, as `sendoff preflight` says it."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    campaign = models.OneToOneField(
        "campaigns.Campaign", models.CASCADE, related_name="+", primary_key=True
    )
    at_ms = models.BigIntegerField()
    document = models.JSONField()

    def __str__(self) -> str:
        return f"preflight of campaign {self.campaign_id}"


class Override(models.Model):
    """Somebody sent a campaign though its domain would be refused: who, when, by which rules."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE, related_name="+")
    at_ms = models.BigIntegerField()
    by = models.CharField(max_length=254)
    domain = models.CharField(max_length=253, help_text="What was typed")
    rules = models.JSONField(help_text="The broken rules: {rule, sentence, source, dated}")

    def __str__(self) -> str:
        return f"override of campaign {self.campaign_id} by {self.by}"


class Proof(models.Model):
    """What DNS proved of messages from one domain by one source, from a moment to another.

    `until_ms` is when the same was found last; as long as nothing else is found, it moves.
    """

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE)
    domain = models.CharField(max_length=253, help_text="The domain of From")
    selectors = models.CharField(max_length=400, help_text="Of the signatures, with blanks between")
    return_path = models.CharField(max_length=253)
    source_ip = models.CharField(max_length=45, help_text="Empty: not ours to know")
    spf = models.CharField(max_length=12)
    dkim = models.CharField(max_length=12)
    dmarc = models.CharField(max_length=16)
    told = models.JSONField(help_text="spf, dkim and dmarc as a trace says them")
    from_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "domain", "source_ip", "from_ms"], name="proofs")
        ]

    def __str__(self) -> str:
        return f"{self.domain} by {self.source_ip or 'a relay'}: {self.spf} {self.dkim}"
