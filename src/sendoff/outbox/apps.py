from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "sendoff.outbox"
    label = "outbox"
