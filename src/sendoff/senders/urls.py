"""Addresses of the pages of DKIM keys."""

from django.urls import path

from sendoff.senders import views

urlpatterns = [
    path("delivery/domains/<int:domain_id>/keys", views.keys, name="domain-keys"),
    path("delivery/domains/<int:domain_id>/keys/<int:key_id>", views.key, name="domain-key"),
]
