"""Addresses of the pages that show what became of mail."""

from django.urls import path

from sendoff.insight import views

urlpatterns = [
    path("campaigns/", views.index, name="campaigns"),
    path("campaigns/<int:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/messages/", views.messages, name="messages"),
    path("campaigns/<int:campaign_id>/messages/<int:seq>/", views.message, name="message"),
    path("campaigns/<int:campaign_id>/unknown/", views.settle_unknown, name="campaign-unknown"),
    path("campaigns/<int:campaign_id>/retry/", views.retry, name="campaign-retry"),
    path("delivery/", views.delivery, name="delivery"),
    path("delivery/servers/", views.servers, name="servers"),
    path("delivery/domains/", views.domains, name="domains"),
    path("search/", views.search, name="search"),
]
