"""As whom: domains with the keys that sign for them, servers to send through, and their pools."""

from django.db import models

from sendoff.lib import clock


class SendingDomain(models.Model):
    """A domain in From addresses; its `keys` sign for it."""

    workspace = models.ForeignKey("accounts.Workspace", models.PROTECT)
    name = models.CharField(max_length=253)
    return_path_domain = models.CharField(max_length=253)
    per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Messages a minute from this domain in all; empty: no limit",
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_domain_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class SigningKey(models.Model):
    """A DKIM key of a domain, with the moment of each step of its life (`key_life`).

    The latest moment that is set says where it stands; a step that was not taken is empty.
    """

    class Kind(models.TextChoices):
        RSA = "rsa", "RSA"
        ED25519 = "ed25519", "Ed25519"

    domain = models.ForeignKey(SendingDomain, models.CASCADE, related_name="keys")
    selector = models.CharField(max_length=63)
    kind = models.CharField(max_length=7, choices=Kind)
    public_key = models.TextField(help_text="The DNS value of selector._domainkey")
    sealed_key = models.BinaryField(help_text="Private key, sealed by lib.vault; empty: destroyed")
    planned_ms = models.BigIntegerField()
    planned_by = models.CharField(max_length=254)
    looked_ms = models.BigIntegerField(null=True, help_text="When DNS was last asked for a new key")
    problem = models.TextField(blank=True, help_text="What that look found wrong, in words")
    seen_ms = models.BigIntegerField(null=True, help_text="Since when every look found its record")
    signing_ms = models.BigIntegerField(null=True)
    switched_by = models.CharField(max_length=254, blank=True)
    retiring_ms = models.BigIntegerField(null=True, help_text="From then on it signs no more")
    retired_ms = models.BigIntegerField(null=True, help_text="From then on nobody needs its record")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "selector"], name="one_key_per_selector"),
            models.UniqueConstraint(
                fields=["domain", "kind"],
                condition=models.Q(signing_ms__isnull=False, retiring_ms=None),
                name="one_key_of_a_kind_signs",
            ),
            models.UniqueConstraint(
                fields=["domain", "kind"],
                condition=models.Q(signing_ms=None, retired_ms=None),
                name="one_key_of_a_kind_comes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.selector} of {self.domain_id}"


class SendingServer(models.Model):
    """A way out: our own delivery from one source address, or a relay."""

    class Tls(models.TextChoices):
        NONE = "none", "never"
        OPPORTUNISTIC = "opportunistic", "when offered"
        REQUIRED = "required", "always, or not at all"
        IMPLICIT = "implicit", "from the first byte (a relay's port 465)"

    workspace = models.ForeignKey(
        "accounts.Workspace", models.PROTECT, null=True, help_text="Empty: for all workspaces"
    )
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    driver = models.CharField(max_length=20, help_text="A name in drivers.registry")
    helo = models.CharField(max_length=253, help_text="The name we introduce ourselves by")
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    host = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(default=25)
    tls = models.CharField(max_length=15, choices=Tls, default=Tls.OPPORTUNISTIC)
    username = models.CharField(max_length=200, blank=True)
    sealed_password = models.BinaryField(default=bytes, blank=True)
    login_ms = models.BigIntegerField(default=0, help_text="When name and password were changed")
    per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Messages a minute to one provider; empty: no limit"
    )
    per_minute_total = models.PositiveIntegerField(
        null=True, blank=True, help_text="Messages a minute in all; empty: no limit"
    )
    connections = models.PositiveIntegerField(
        default=10, help_text="Connections at once to one provider"
    )
    hourly_quota = models.PositiveIntegerField(null=True, blank=True)
    daily_quota = models.PositiveIntegerField(null=True, blank=True)
    warmup = models.CharField(
        max_length=40, blank=True, help_text="A plan of warmup.toml; empty: it is warm"
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_server_per_name"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(workspace=None),
                name="one_shared_server_per_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Pool(models.Model):
    """Servers that share the mail of campaigns. Without a workspace it serves all of them."""

    workspace = models.ForeignKey("accounts.Workspace", models.PROTECT, null=True)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_pool_per_name"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(workspace=None), name="one_shared_pool_per_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PoolMember(models.Model):
    """A server's part in a pool: its weight, and what it is for where it is not for everything."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="members")
    server = models.ForeignKey(SendingServer, models.CASCADE, related_name="pools")
    weight = models.PositiveIntegerField(default=1)
    purpose = models.CharField(max_length=20, blank=True, help_text="marketing or transactional")
    from_domain = models.CharField(max_length=253, blank=True)
    providers = models.JSONField(default=list, help_text="Names of providers; empty: any")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "server"], name="one_part_in_a_pool"),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="a_part_has_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.server_id} in {self.pool_id}"


class Turn(models.Model):
    """How far a member of a pool has come in the rotation for one provider."""

    member = models.ForeignKey(PoolMember, models.CASCADE)
    provider = models.CharField(max_length=253)
    passed = models.FloatField(default=0, help_text="Messages given to it, divided by its weight")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "provider"], name="one_turn")]

    def __str__(self) -> str:
        return f"{self.member_id} for {self.provider}: {self.passed}"


class Sickness(models.Model):
    """A time in which pools go around a server: why, by which rule, and until when."""

    server = models.ForeignKey(SendingServer, models.CASCADE, related_name="+")
    provider = models.CharField(max_length=253, blank=True, help_text="Empty: for everybody")
    rule = models.CharField(max_length=60)
    why = models.CharField(max_length=300)
    sample = models.CharField(max_length=500, help_text="What the other side said")
    failures = models.PositiveIntegerField(help_text="Tries in a row that failed so")
    since_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True, help_text="When a person ended it before its time")
    ended_by = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [models.Index(fields=["server", "until_ms"], name="sick_until")]

    def __str__(self) -> str:
        return f"{self.server_id}: {self.why}"


class WarmUp(models.Model):
    """Where a source stands in its plan with one provider. Days are counted from 1970, in UTC."""

    server = models.ForeignKey(SendingServer, models.CASCADE, related_name="+")
    provider = models.CharField(max_length=253)
    day = models.PositiveIntegerField(default=1, help_text="Day of the plan, from 1")
    sent_on = models.PositiveIntegerField(help_text="The last day with sending, or its first day")
    reviewed = models.PositiveIntegerField(help_text="The last day that was judged")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "provider"], name="one_warm_up")]

    def __str__(self) -> str:
        return f"{self.server_id} at {self.provider}: day {self.day}"


class WarmUpDecision(models.Model):
    """What was decided on a day of warming up, and the numbers it was decided by."""

    server = models.ForeignKey(SendingServer, models.CASCADE, related_name="+")
    provider = models.CharField(max_length=253)
    on = models.PositiveIntegerField(help_text="The day that was judged, counted from 1970")
    what = models.CharField(max_length=10, help_text="advance, hold, halve or rewarm")
    rule = models.CharField(max_length=60)
    day_before = models.PositiveIntegerField()
    day_after = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    deferred = models.PositiveIntegerField()
    bounced = models.PositiveIntegerField()
    blocked = models.PositiveIntegerField()
    complained = models.PositiveIntegerField()
    why = models.CharField(max_length=300)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.what} on {self.on}"
