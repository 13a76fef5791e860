"""The web application: Twilio's API, the control API and the page on one port."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from simulator import control, twilio_api
from simulator.carrier import CARRIER, Carrier
from simulator.config import Config
from simulator.guard import guard

STATIC = Path(__file__).parent / "static"


def create_app(config: Config) -> web.Application:
    """Assemble a carrier; it opens its connections when the application starts."""
    # A body of 1,600 letters is far below this; a form of a megabyte is no text message.
    app = web.Application(
        middlewares=[guard, twilio_api.authenticate, control.explain],
        client_max_size=8 * 1024**2,
    )
    app[CARRIER] = Carrier(config)
    app.cleanup_ctx.append(_run_carrier)
    twilio_api.add_routes(app)
    control.add_routes(app)
    app.router.add_get("/", _page)
    app.router.add_get("/healthz", _healthz)
    app.router.add_static("/static", STATIC)
    return app


async def _run_carrier(app: web.Application) -> AsyncIterator[None]:
    carrier = app[CARRIER]
    try:
        await carrier.start()
        yield
    finally:
        await carrier.close()


async def _page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "phones.html", headers={"Cache-Control": "no-cache"})


async def _healthz(request: web.Request) -> web.Response:
    return web.Response(text="ok\n")
