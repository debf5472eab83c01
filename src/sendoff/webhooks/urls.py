"""Addresses of the pages of webhooks."""

from django.urls import path

from sendoff.webhooks import views

urlpatterns = [
    path("webhooks/", views.endpoints, name="webhooks"),
    path("webhooks/new", views.add, name="webhook-add"),
    path("webhooks/<int:endpoint_id>/", views.endpoint, name="webhook"),
    path("webhooks/<int:endpoint_id>/choose", views.choose, name="webhook-choose"),
    path("webhooks/<int:endpoint_id>/test", views.test, name="webhook-test"),
    path("webhooks/<int:endpoint_id>/switch", views.switch, name="webhook-switch"),
    path("webhooks/<int:endpoint_id>/rotate", views.rotate, name="webhook-rotate"),
    path("webhooks/<int:endpoint_id>/remove", views.remove, name="webhook-remove"),
    path("webhooks/deliveries/<int:delivery_id>/replay", views.replay, name="webhook-replay"),
]
