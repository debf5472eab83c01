"""The front door: signing in and out, the theme, the pulse. It never knows what a campaign is."""

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sendoff.accounts import public as accounts

_A_YEAR_S = 365 * 24 * 3600
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignInForm(AuthenticationForm):
    """Email and password; one sentence for every reason: it tells nobody who has an account."""

    error_messages = {
        "too_many": _("Too many tries for this address. Wait ten minutes, or use a sign-in link."),
        "invalid_login": _("No account has this email and password. Check both and try again."),
        "inactive": _("No account has this email and password. Check both and try again."),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, unless too many were wrong for this address a moment ago."""
        email = str(self.cleaned_data.get("username", ""))
        if not accounts.may_try_password(email):
            raise ValidationError(self.error_messages["too_many"], code="too_many")
        try:
            cleaned = super().clean()
        except ValidationError:
            accounts.password_failed(email)
            raise
        accounts.password_succeeded(email)
        return cleaned


sign_in = LoginView.as_view(
    template_name="web/sign_in.html",
    authentication_form=SignInForm,
    redirect_authenticated_user=True,
)
sign_out = LogoutView.as_view()


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button, POST uses the link up: mail scanners open links and press nothing."""
    if request.method == "GET":
        return render(request, "web/sign_in_link.html")
    user = accounts.use_sign_in_link(token)
    if user is None:
        return render(request, "web/sign_in_link.html", {"used_up": True}, status=410)
    auth.login(request, user, backend=_BACKEND)
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def theme(request: HttpRequest) -> HttpResponseBase:
    """Keep light, dark or neither in a cookie and go back."""
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = redirect(back)
    response.set_cookie(
        "theme",
        "".join(c for c in request.POST.get("theme", "")[:10] if c.isalpha()),
        max_age=_A_YEAR_S,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where one starts: the campaigns."""
    return redirect("campaigns")


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Says that this process answers; asks nothing else, so that a busy database is no outage."""
    return HttpResponse("ok\n", content_type="text/plain")
