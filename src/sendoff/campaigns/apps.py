from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "sendoff.campaigns"
    label = "campaigns"
