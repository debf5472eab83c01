"""Name the tracking room to Django; it never serves a page through Django's own stack."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """Opens, clicks and unsubscribes."""

    name = "sendoff.tracking"
    label = "tracking"
    default_auto_field = "django.db.models.BigAutoField"
