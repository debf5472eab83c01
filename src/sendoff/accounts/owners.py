"""Create owners with their workspace. Never signs anybody in."""

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from sendoff.accounts.models import Membership, Role, User, Workspace
from sendoff.lib.errors import PlainError
from sendoff.mail import addresses


class AccountError(PlainError):
    """An account can not be made or found; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A new person and the workspace that is theirs."""

    user_id: int
    workspace_id: int


def create(email: str, password: str | None, workspace_name: str) -> Owner:
    address = _address(email)
    name = workspace_name.strip()
    if not name:
        raise AccountError("The workspace needs a name, for example that of your company.")
    user = User(email=address)
    if password is None:
        user.set_unusable_password()
    else:
        _check_password(password, user)
        user.set_password(password)
    return _save(user, name)


@transaction.atomic
def _save(user: User, workspace_name: str) -> Owner:
    if User.objects.filter(email=user.email).exists():
        raise AccountError(f"{user.email} has an account already; sign in with it.")
    user.save()
    workspace = Workspace.objects.create(name=workspace_name)
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    return Owner(user_id=user.pk, workspace_id=workspace.pk)


def _address(email: str) -> str:
    try:
        return addresses.normalise(email).text.lower()
    except addresses.AddressError as error:
        raise AccountError(f"The owner's address: {error}") from None


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise AccountError("The password: " + " ".join(error.messages)) from None
