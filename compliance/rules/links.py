"""Links in a text: which there are, where they lead, and whether that is the brand's own place."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

# Public shorteners hide where a link leads, so carriers filter them.
_SHORTENERS = frozenset(
    {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly"}
    | {"cutt.ly", "shorturl.at", "rb.gy", "t.ly", "tiny.cc", "v.gd", "soo.gd", "clck.ru"}
)
# Mailboxes of these say nothing about the brand's domain.
_FREE_MAIL = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com"}
    | {"icloud.com", "aol.com", "proton.me", "protonmail.com", "gmx.de", "gmx.net", "mail.ru"}
    | {"yandex.ru", "web.de"}
)
_IN_TEXT = re.compile(
    r"https?://\S+|(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w@])(?:/\S*)?"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\S*)?",
    re.IGNORECASE,
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu"})


@dataclass(frozen=True, slots=True)
class TextLink:
    """A link as it stands in a text, and the host that it leads to (lower case)."""

    text: str
    host: str

    @property
    def is_address(self) -> bool:
        """Whether the host is a bare IP address."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True

    @property
    def hides_its_host(self) -> bool:
        """Whether a name stands before the host to deceive (user@host), or the host is written in
        look-alike letters (IDNA)."""
        authority = self.text.partition("//")[2].partition("/")[0]
        return "@" in authority or "xn--" in self.host or not self.host.isascii()

    @property
    def is_plain_http(self) -> bool:
        return self.text.lower().startswith("http://")

    @property
    def is_shortened(self) -> bool:
        return self.host.removeprefix("www.") in _SHORTENERS


def links_in(text: str) -> list[TextLink]:
    """Every link of a text, in order; what no host can be read from is left out."""
    found = []
    for match in _IN_TEXT.findall(text):
        link = match.rstrip(".,;:!?)’”\"'")
        if host := _host(link):
            found.append(TextLink(link, host))
    return found


def brand_domains(terms_url: str, privacy_url: str, support_contact: str) -> frozenset[str]:
    """The domains that a program's record shows to be the brand's own."""
    hosts = {_host(terms_url), _host(privacy_url)}
    mailbox = support_contact.rpartition("@")[2].strip().lower() if "@" in support_contact else ""
    if mailbox not in _FREE_MAIL:
        hosts.add(mailbox)
    return frozenset(_domain(host) for host in hosts if host)


def is_brands(link: TextLink, domains: Iterable[str]) -> bool:
    """Whether a link leads to one of the domains or below it."""
    return any(link.host == domain or link.host.endswith(f".{domain}") for domain in domains)


def _host(link: str) -> str:
    try:
        return (urlsplit(link if "//" in link else f"//{link}").hostname or "").lower()
    except ValueError:  # a bracket that begins no IPv6 address
        return ""


def _domain(host: str) -> str:
    """The part of a host that one buys: the last two labels, three below e.g. co.uk. An address
    of numbers stays whole."""
    labels = host.split(".")
    if labels[-1].isdigit() or len(labels) <= 2:
        return host
    short_country = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if short_country else -2 :])
