"""Tables of contacts, lists, suppression and imports. Holds no rule.

The outbox and tracking rooms read contact, listmembership and suppression by SQL: their column
names are a promise.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from sendoff.lib import clock


class Status(models.TextChoices):
    """What a contact wants (consent) or can (a mailbox that works)."""

    SUBSCRIBED = "subscribed", "Subscribed"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    BOUNCED = "bounced", "Bounced"
    COMPLAINED = "complained", "Complained"


class Reason(models.TextChoices):
    """Why an address is never mailed."""

    BOUNCE = "bounce", "Bounced"
    COMPLAINT = "complaint", "Complained"
    UNSUBSCRIBE = "unsubscribe", "Unsubscribed"
    MANUAL = "manual", "Added by hand"


class Contact(models.Model):
    """One person of a workspace. Erased people stay as a row without an address."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, db_index=False)
    # NULL after erasure, so that many erased people fit under one unique constraint.
    email = models.CharField(max_length=254, null=True)  # noqa: DJ001 - see the line above
    domain = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.SUBSCRIBED)
    status_why = models.TextField(blank=True, default="")
    status_at = models.DateTimeField(null=True)
    fields = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "email"], name="one_contact_an_address")
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Planning reads people in this order and nothing of them but what is in here.
            models.Index(
                fields=["workspace", "id", "domain", "status", "deleted_at", "email"],
                name="contact_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.email or "erased contact"


class Field(models.Model):
    """A custom field that some contact of the workspace has or had."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_field_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class List(models.Model):
    """A named set of contacts that campaigns are sent to."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_list_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class ListMembership(models.Model):
    """One stay of a contact on a list; who comes back gets a new row.

    Times are milliseconds (`clock.now_ms`), as the outbox compares them in SQL. `left_at` is the
    first one at which the contact is no longer on the list.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, db_index=False)
    list = models.ForeignKey(List, on_delete=models.CASCADE, db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    joined_at = models.BigIntegerField(default=clock.now_ms)
    left_at = models.BigIntegerField(null=True)

    class Meta:
        # A row once frozen into a campaign never changes back: leaving and coming back after a
        # launch would otherwise move the audience that the launch counted.
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["list", "contact"],
                condition=models.Q(left_at__isnull=True),
                name="one_stay_at_a_time",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["list", "contact", "left_at"], name="member_of_list")
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id} on list {self.list_id}"


class Suppression(models.Model):
    """An address that the workspace never mails, with the reason and its evidence."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, db_index=False)
    email = models.CharField(max_length=254)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    evidence = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "email"], name="one_suppression_an_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.reason}"


class Ground(models.Model):
    """One reason not to mail an address, with its evidence; it stays as history once it ended.

    An address is suppressed (`Suppression`, which names the strongest) while one is in force.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, db_index=False)
    email = models.CharField(max_length=254)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    evidence = models.TextField(blank=True)
    rule = models.CharField(max_length=60, blank=True, help_text="Which rule; empty: a person")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True, default="")
    status_before = models.CharField(
        max_length=12, blank=True, default="", help_text="The contact's, to go back to; empty: none"
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "email", "reason"],
                condition=models.Q(ended_at__isnull=True),
                name="one_ground_a_reason",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "email", "id"], name="grounds_of_address"),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="grounds_that_ended",
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(ended_at__isnull=True, expires_at__isnull=False),
                name="grounds_that_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.reason}"


class ImportState(models.TextChoices):
    """How far an import is."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Stopped"


class BulkChange(models.Model):
    """What is to become of everybody who fitted a filter, and how far that is.

    `at` is the last contact that was looked at, `last` the last there was when it was asked for,
    `total` how many fitted then.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE)
    do = models.CharField(
        max_length=12, choices=[("unsubscribe", "Unsubscribe"), ("subscribe", "Subscribe again")]
    )
    why = models.TextField()
    q = models.CharField(max_length=254, blank=True)
    status = models.CharField(max_length=12, blank=True)
    list = models.ForeignKey(List, null=True, on_delete=models.CASCADE, db_index=False)
    last = models.BigIntegerField()
    total = models.IntegerField()
    at = models.BigIntegerField(default=0)
    done = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["id"], condition=models.Q(finished_at=None), name="bulk_change_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.do}: {self.done} of {self.total}"


class Import(models.Model):
    """One CSV file read into a list: its counts, and the one sentence where it stopped."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE)
    list = models.ForeignKey(List, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=255)
    upload = models.TextField()
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.QUEUED)
    total = models.IntegerField(null=True)
    rows = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    problem = models.TextField(blank=True)
    rejected_file = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    alive_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"
