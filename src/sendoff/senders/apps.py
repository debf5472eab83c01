from django.apps import AppConfig


class SendersConfig(AppConfig):
    name = "sendoff.senders"
    label = "senders"
