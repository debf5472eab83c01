"""Addresses of writing and sending a campaign; its own page is in insight, further downstream."""

from django.urls import path

from sendoff.campaigns import views

urlpatterns = [
    path("campaigns/new/", views.write_new, name="campaign-new"),
    path("campaigns/<int:campaign_id>/write/", views.write, name="campaign-write"),
    path("campaigns/<int:campaign_id>/preview/", views.preview, name="campaign-preview"),
    path(
        "campaigns/<int:campaign_id>/preview/mail", views.preview_mail, name="campaign-preview-mail"
    ),
    path("campaigns/<int:campaign_id>/send/", views.send, name="campaign-send"),
    path("campaigns/<int:campaign_id>/pause/", views.pause, name="campaign-pause"),
    path("campaigns/<int:campaign_id>/resume/", views.resume, name="campaign-resume"),
    path("campaigns/<int:campaign_id>/cancel/", views.cancel, name="campaign-cancel"),
    path("campaigns/<int:campaign_id>/again/", views.again, name="campaign-again"),
]
