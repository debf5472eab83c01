from django.apps import AppConfig


class ReputationConfig(AppConfig):
    name = "sendoff.reputation"
    label = "reputation"
