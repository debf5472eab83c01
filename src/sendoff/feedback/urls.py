"""Addresses of the feedback pages."""

from django.urls import path

from sendoff.feedback import views

urlpatterns = [
    path("delivery/coming-back", views.coming_back, name="coming-back"),
    path("delivery/coming-back/check", views.start_check, name="loop-check"),
]
