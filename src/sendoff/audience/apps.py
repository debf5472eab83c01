"""Tell Django about the audience room. Never runs code at start."""

from django.apps import AppConfig


class AudienceConfig(AppConfig):
    name = "sendoff.audience"
    label = "audience"
    default_auto_field = "django.db.models.BigAutoField"
