"""Ways from a page or a poster into a text: the tap-to-text link, and QR codes."""

import io
from urllib.parse import quote

import segno


def text_link(address: str, keyword: str) -> str:
    """A link that opens the phone's messages with number and text filled in.

    RFC 5724 wants "?body="; iPhones since iOS 8 have wanted "&body=". "?&body=" is read by both:
    the query's first part is empty for the one, and the other begins to read at the "&".
    """
    return f"sms:{address}?&body={quote(keyword)}"


def text_code(address: str, keyword: str) -> bytes:
    """A QR code that opens the phone's messages, as SVG.

    The SMSTO form, which cameras of both kinds read; a link of text_link's form is for taps.
    """
    return _svg(f"SMSTO:{address}:{keyword}")


def page_code(url: str) -> bytes:
    """A QR code that opens a page, as SVG: for posters and flyers."""
    return _svg(url)


def _svg(content: str) -> bytes:
    # White ground and a quiet zone of four, so that it is read on a dark page as well.
    drawing = io.BytesIO()
    code = segno.make(content, error="m", micro=False)
    code.save(drawing, kind="svg", scale=8, border=4, light="#fff", omitsize=True)
    return drawing.getvalue()
