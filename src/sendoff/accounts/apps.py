"""Tell Django about the accounts room. Never runs code at start."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sendoff.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
