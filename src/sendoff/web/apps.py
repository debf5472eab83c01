from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sendoff.web"
    label = "web"
