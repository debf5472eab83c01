"""Every address of the pages, room by room; tracking under /t/ never comes here."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from sendoff.web import metrics, views

_ROOMS = (
    "audience",
    "senders",
    "campaigns",
    "feedback",
    "reputation",
    "proving",
    "insight",
    "webhooks",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/link/<str:token>", views.sign_in_link, name="sign-in-link"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("theme", views.theme, name="theme"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    *(
        path("", include(f"sendoff.{room}.urls"))
        for room in _ROOMS
        if find_spec(f"sendoff.{room}.urls")
    ),
]
