"""Name the proving room to Django."""

from django.apps import AppConfig


class ProvingConfig(AppConfig):
    """Domains and campaigns are proved before mail goes out."""

    name = "sendoff.proving"
    label = "proving"
    default_auto_field = "django.db.models.BigAutoField"
