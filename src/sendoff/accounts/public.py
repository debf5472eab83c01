"""The door of the accounts room: who owns what, signing in by link. Never shows a token twice."""

from dataclasses import dataclass

from sendoff.accounts import guessing, models, owners, sign_in
from sendoff.accounts.owners import AccountError, Owner

__all__ = [
    "AccountError",
    "Owner",
    "Workspace",
    "create_owner",
    "default_workspace",
    "find_user",
    "make_sign_in_link",
    "may_try_password",
    "password_failed",
    "password_succeeded",
    "use_sign_in_link",
    "workspace_of",
    "workspaces",
]


may_try_password = guessing.may_try
password_failed = guessing.failed
password_succeeded = guessing.succeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace as other rooms see it."""

    id: int
    name: str

    def __str__(self) -> str:
        return self.name


def create_owner(email: str, password: str | None, workspace_name: str) -> Owner:
    """Create a person and their workspace together; without a password only a link signs them in.

    AccountError where the address, the password or the name can not be used, or is taken.
    """
    return owners.create(email, password, workspace_name)


def find_user(email: str) -> int | None:
    """The id of the person with this address, whatever its case."""
    user = models.User.objects.filter(email=email.strip().lower()).first()
    return user.pk if user else None


def workspace_of(user: object) -> Workspace:
    """The workspace a signed-in person works in: the one they joined first.

    AccountError where they belong to none, as an anonymous visitor does.
    """
    theirs = models.Membership.objects.filter(user_id=getattr(user, "pk", None) or 0)
    membership = theirs.select_related("workspace").order_by("id").first()
    if membership is None:
        raise AccountError(f"{user} belongs to no workspace; ask its owner to add you.")
    return _value(membership.workspace)


def default_workspace() -> Workspace:
    """The oldest workspace, for commands that name none; AccountError before `sendoff setup`."""
    found = models.Workspace.objects.order_by("id").first()
    if found is None:
        raise AccountError("There is no workspace yet; run `sendoff setup` first.")
    return _value(found)


def workspaces() -> list[Workspace]:
    """Every workspace, the oldest first."""
    return [_value(each) for each in models.Workspace.objects.order_by("id")]


def make_sign_in_link(user_id: int, minutes: int = 60) -> str:
    """A token that signs this person in once within so many minutes."""
    return sign_in.make_link(user_id, minutes)


def use_sign_in_link(token: str) -> models.User | None:
    """The person a token belongs to, once; None where it is used, too old, or not ours."""
    return sign_in.use_link(token)


def _value(workspace: models.Workspace) -> Workspace:
    return Workspace(id=workspace.pk, name=workspace.name)
