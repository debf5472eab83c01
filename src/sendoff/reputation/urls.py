"""Addresses of the pages of what others say of us."""

from django.urls import path

from sendoff.reputation import views

urlpatterns = [
    path("reports/dmarc/", views.dmarc, name="reports-dmarc"),
    path("reports/dmarc/address/", views.dmarc_address, name="reports-dmarc-address"),
    path("reports/tls/", views.tls, name="reports-tls"),
    path("reports/arrived/", views.reports, name="reports"),
]
