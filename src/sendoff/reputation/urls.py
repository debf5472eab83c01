"""Addresses of the pages of what others say of us."""

from django.urls import path

from sendoff.reputation import blocklist_views, outside_views, views

urlpatterns = [
    path("delivery/blocklists/", blocklist_views.blocklists, name="blocklists"),
    path("delivery/blocklists/ask", blocklist_views.ask, name="blocklists-ask"),
    path("reports/dmarc/", views.dmarc, name="reports-dmarc"),
    path("reports/dmarc/address/", views.dmarc_address, name="reports-dmarc-address"),
    path("reports/tls/", views.tls, name="reports-tls"),
    path("reports/outside/", outside_views.page, name="reports-outside"),
    path("reports/outside/<str:kind>/connect", outside_views.connect, name="outside-connect"),
    path("reports/outside/<str:kind>/forget", outside_views.disconnect, name="outside-disconnect"),
    path("reports/arrived/", views.reports, name="reports"),
]
