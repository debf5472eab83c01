"""Name the proving room to Django."""

from django.apps import AppConfig


class ProvingConfig(AppConfig):
    """Domains and campaigns are proved before mail goes out."""

    name = "sendoff.proving"
    label = "proving"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have Send ask whether the domain would be refused."""
        from sendoff.campaigns import public as campaigns
        from sendoff.proving import preflight_gate

        campaigns.before_launch(preflight_gate.ask)
