"""Addresses of the pages that prove domains and campaigns."""

from django.urls import path

from sendoff.proving import preflight_views, views

_DOMAIN = "delivery/domains/<int:domain_id>/"

urlpatterns = [
    path(
        "campaigns/<int:campaign_id>/preflight/",
        preflight_views.preflight,
        name="campaign-preflight",
    ),
    path("delivery/domains/", views.domains, name="domains"),
    path(_DOMAIN, views.domain, name="domain"),
    path(f"{_DOMAIN}check", views.domain_check, name="domain-check"),
    path(f"{_DOMAIN}zone-file", views.domain_zone_file, name="domain-zone-file"),
    path(f"{_DOMAIN}pace", views.domain_pace, name="domain-pace"),
]
