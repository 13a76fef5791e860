"""Serves an application as the Procfile does, and signs requests as the provider does."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode

from benchmarks import native
from benchmarks.place import AUTH_TOKEN, BASE_URL, Place
from benchmarks.processes import ROOT, Processes, answers, beside_python, free_port


@contextmanager
def serving(place: Place, database_url: str, app: str = "wsgi:app") -> Iterator[int]:
    """gunicorn with the product's own configuration; its port on loopback."""
    port = free_port()
    with Processes(place.folder) as processes:
        command = [beside_python("gunicorn"), "--config", str(ROOT / "gunicorn.conf.py")]
        env = place.environment(database_url, "http://127.0.0.1:9")
        processes.start("web", [*command, "--bind", f"127.0.0.1:{port}", app], env)
        processes.wait_for(lambda: answers(port), "the web server")
        yield port
        processes.check()


def signed(path: str, form: Mapping[str, str]) -> bytes:
    """A webhook as the provider sends it: X-Twilio-Signature over address and sorted fields."""
    text = BASE_URL + path + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(AUTH_TOKEN.encode(), text.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    return native.post(path, urlencode(form).encode(), X_Twilio_Signature=signature)
