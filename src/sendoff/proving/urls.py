"""Addresses of the pages that prove domains and campaigns."""

from django.urls import path

from sendoff.proving import views

urlpatterns = [
    path("delivery/domains/", views.domains, name="domains"),
    path("delivery/domains/<int:domain_id>/pace", views.domain_pace, name="domain-pace"),
]
