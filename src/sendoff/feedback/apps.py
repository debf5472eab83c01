"""Name the feedback room to Django."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """Bounces, complaints and opt-outs by mail."""

    name = "sendoff.feedback"
    label = "feedback"
    default_auto_field = "django.db.models.BigAutoField"
