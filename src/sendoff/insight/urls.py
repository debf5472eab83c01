"""Addresses of the pages that show what became of mail."""

from django.urls import path

from sendoff.insight import encryption, lane_views, log_views, pool_views, server_views, views
from sendoff.insight.logbook import LOGS

urlpatterns = [
    path("campaigns/", views.index, name="campaigns"),
    path("campaigns/<int:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/messages/", views.messages, name="messages"),
    path("campaigns/<int:campaign_id>/messages/<int:seq>/", views.message, name="message"),
    path("campaigns/<int:campaign_id>/unknown/", views.settle_unknown, name="campaign-unknown"),
    path("campaigns/<int:campaign_id>/retry/", views.retry, name="campaign-retry"),
    path("delivery/", lane_views.delivery, name="delivery"),
    path("delivery/limits/", lane_views.limits, name="limits"),
    path("delivery/lanes/<int:lane_id>/", lane_views.lane, name="lane"),
    path("delivery/replies/", lane_views.unknown_replies, name="unknown-replies"),
    path("delivery/actions/<int:action_id>/undo", lane_views.undo, name="action-undo"),
    path("delivery/servers/", server_views.servers, name="servers"),
    path("delivery/servers/new", server_views.add, name="server-add"),
    path("delivery/servers/<int:server_id>/", server_views.server, name="server"),
    path("delivery/servers/<int:server_id>/login", server_views.login, name="server-login"),
    path("delivery/servers/<int:server_id>/check", server_views.check, name="server-check"),
    path("delivery/servers/<int:server_id>/change", server_views.change, name="server-change"),
    path("delivery/pools/new", pool_views.add, name="pool-add"),
    path("delivery/pools/<int:pool_id>/", pool_views.pool, name="pool"),
    path(
        "delivery/pools/<int:pool_id>/<int:server_id>/take-out",
        pool_views.take_out,
        name="pool-take-out",
    ),
    path("delivery/encryption/", encryption.page, name="encryption"),
    *(path(f"logs/{log}/", log_views.page, {"log": log}, name=f"log-{log}") for log in LOGS),
    path("search/", views.search, name="search"),
]
