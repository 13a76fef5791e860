"""The security headers of every answer, in one place."""

from flask import Flask, Response, request

from settings import Settings

# No inline script, no inline style, nothing from elsewhere. `data:` is for the small pictures
# inside Tabler's style sheet.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_TWO_YEARS = "max-age=63072000; includeSubDomains"


def register(app: Flask, settings: Settings) -> None:
    """Set the headers on every answer of `app`."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        if settings.is_https:
            response.headers.setdefault("Strict-Transport-Security", _TWO_YEARS)
        if request.endpoint != "admin.static":
            # What a member saw must not come back from a shared browser after the log-out.
            response.headers["Cache-Control"] = "no-store"
        return response
