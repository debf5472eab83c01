from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "sendoff.webhooks"
    label = "webhooks"
