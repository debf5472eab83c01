from django.apps import AppConfig


class SendingConfig(AppConfig):
    name = "sendoff.sending"
    label = "sending"
