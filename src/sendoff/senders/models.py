"""As whom: the domains we sign for and the servers we send through."""

from django.db import models

from sendoff.lib import clock


class SendingDomain(models.Model):
    """A domain in From addresses, with the DKIM key that signs for it."""

    workspace = models.ForeignKey("accounts.Workspace", models.PROTECT)
    name = models.CharField(max_length=253)
    selector = models.CharField(max_length=63)
    public_key = models.TextField(help_text="The DNS value of selector._domainkey")
    sealed_key = models.BinaryField(help_text="RSA-2048 private key, sealed by lib.vault")
    return_path_domain = models.CharField(max_length=253)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_key_per_domain")
        ]

    def __str__(self) -> str:
        return self.name


class SendingServer(models.Model):
    """A way out: our own delivery from one source address, or a relay."""

    class Tls(models.TextChoices):
        NONE = "none", "never"
        OPPORTUNISTIC = "opportunistic", "when offered"
        REQUIRED = "required", "always, or not at all"
        IMPLICIT = "implicit", "from the first byte (a relay's port 465)"

    workspace = models.ForeignKey("accounts.Workspace", models.PROTECT)
    name = models.CharField(max_length=100)
    driver = models.CharField(max_length=20, help_text="A name in drivers.registry")
    helo = models.CharField(max_length=253, help_text="The name we introduce ourselves by")
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    host = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(default=25)
    tls = models.CharField(max_length=15, choices=Tls, default=Tls.OPPORTUNISTIC)
    username = models.CharField(max_length=200, blank=True)
    sealed_password = models.BinaryField(default=bytes, blank=True)
    per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Messages a minute to one provider; empty: no limit"
    )
    connections = models.PositiveIntegerField(
        default=10, help_text="Connections at once to one provider"
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_server_per_name")
        ]

    def __str__(self) -> str:
        return self.name
