"""Addresses of the audience pages."""

from django.urls import path

from sendoff.audience import import_views, views

urlpatterns = [
    path("audience/contacts", views.contacts, name="contacts"),
    path("audience/contacts/change", views.change_contacts, name="contacts-change"),
    path("audience/contacts/<int:contact_id>", views.contact, name="contact"),
    path(
        "audience/contacts/<int:contact_id>/unsubscribe",
        views.unsubscribe,
        name="contact-unsubscribe",
    ),
    path(
        "audience/contacts/<int:contact_id>/subscribe",
        views.subscribe_again,
        name="contact-subscribe",
    ),
    path("audience/contacts/<int:contact_id>/erase", views.erase, name="contact-erase"),
    path("audience/lists", views.lists, name="lists"),
    path("audience/imports", import_views.imports, name="imports"),
    path("audience/imports/<int:import_id>", import_views.import_page, name="import"),
    path(
        "audience/imports/<int:import_id>/rejected", import_views.rejected, name="import-rejected"
    ),
    path("audience/suppressions", views.suppressions, name="suppressions"),
    path("audience/suppressions/why", views.suppression, name="suppression"),
    path("audience/suppressions/lift", views.unsuppress, name="unsuppress"),
]
