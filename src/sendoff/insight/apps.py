from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "sendoff.insight"
    label = "insight"
