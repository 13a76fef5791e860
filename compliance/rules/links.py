"""Links in a text: which there are, where they lead, and whether that is the brand's own place."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

# Public shorteners hide where a link leads, so carriers filter them.
_SHORTENER_NAMES = (
    "1url.com 9qr.de adf.ly adfoc.us amzn.to b.link bit.do bit.ly bitly.com bitly.ws bl.ink "
    "buff.ly clck.ru clicky.me cutt.ly cutt.us d.to db.tt dlvr.it dub.co dub.sh fb.me g.co gg.gg "
    "goo.gl goo.su href.li hyperurl.co ift.tt is.gd j.mp kutt.it kutt.to linkly.link lnk.to "
    "lnkd.in mcaf.ee n9.cl ouo.io ow.ly post.ly qr.ae qrco.de rb.gy rebrand.ly relink.asia s.id "
    "s2r.co short.gy short.io shorte.st shorten.at shorten.is shorturl.asia shorturl.at "
    "shorturl.com shorturl.gg shrinke.me shrt.li shrtco.de smarturl.it sniply.io snip.ly "
    "snipurl.com soo.gd spoo.me sor.bz surl.li surl.lu t.co t.ly t2m.io tiny.cc tiny.one tiny.pl "
    "tinyurl.at tinyurl.com tinyurl.is tr.im trib.al u.nu u.to ulvis.net urlz.fr v.gd v.ht vk.cc "
    "vo.la x.co x.gd yourls.org zpr.io zws.im"
)
_SHORTENERS = frozenset(_SHORTENER_NAMES.split())
# What a shortener makes of a link: a few letters and digits that mean nothing.
_CODE = re.compile(r"/(?=[A-Za-z]*(?:\d|[a-z][A-Z]))[A-Za-z0-9]{3,10}/?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
_SHORT_HOST = 7  # characters: "abcd.ef"
# Mailboxes of these say nothing about the brand's domain.
_FREE_MAIL = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com"}
    | {"icloud.com", "aol.com", "proton.me", "protonmail.com", "gmx.de", "gmx.net", "mail.ru"}
    | {"yandex.ru", "web.de"}
)
# Without a scheme and a path only what phones know as a name: "tonight.Doors at 9" is none.
_ENDINGS = (
    "com|net|org|info|biz|edu|gov|app|dev|club|events?|live|online|shop|site|store|tickets?|xyz|link"
    "|click|page|top|bar|pub|music|party|night|vip|example|[a-z]{2}"
)
_IN_TEXT = re.compile(
    r"https?://\S+|(?<![\w@.])(?:[\w-]+\.)+[^\W\d_]{2,}(?:/\S*|[?#]\S+|:\d\S*)"
    rf"|(?<![\w@.])(?:[\w-]+\.)+(?:{_ENDINGS})(?![\w@])/?"
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
        """Whether the host is a bare IP address, also as one number ("0x7f000001"): browsers take
        every host that ends in a number for one (https://url.spec.whatwg.org/#ends-in-a-number-checker).
        """
        return ":" in self.host or _NUMBER.fullmatch(self.host.rpartition(".")[2]) is not None

    @property
    def hides_its_host(self) -> bool:
        """Whether a name stands before the host to deceive (user@host), or the host is written in
        look-alike letters (IDNA) or with escapes ("%2e" for a dot)."""
        authority = self.text.partition("//")[2].partition("/")[0]
        is_plain = self.host.isascii() and "%" not in self.host and "xn--" not in self.host
        return "@" in authority or not is_plain

    @property
    def is_plain_http(self) -> bool:
        return self.text.lower().startswith("http://")

    def is_shortened(self, own_domains: Iterable[str] = ()) -> bool:
        """Whether it goes through a public shortener: one of the list, or by its looks one that
        is too new for it and is no domain of the brand's own."""
        if _is_below(self.host, _SHORTENERS):
            return True
        path = self.text.partition("//")[2] or self.text
        is_code = _CODE.fullmatch(path[path.find("/") :]) is not None if "/" in path else False
        short = len(self.host.removeprefix("www.")) <= _SHORT_HOST
        return short and is_code and not is_brands(self, own_domains)


def links_in(text: str) -> list[TextLink]:
    """Every link of a text, in order; what no host can be read from is left out."""
    found = []
    for match in _IN_TEXT.findall(text):
        link = match.rstrip(".,;:!?)’”\"'")
        if host := host_of(link):
            found.append(TextLink(link, host))
    return found


def brand_domains(terms_url: str, privacy_url: str, support_contact: str) -> frozenset[str]:
    """The domains that a program's record shows to be the brand's own."""
    hosts = {host_of(terms_url), host_of(privacy_url)}
    mailbox = support_contact.rpartition("@")[2].strip().lower() if "@" in support_contact else ""
    if mailbox not in _FREE_MAIL:
        hosts.add(mailbox)
    return frozenset(_domain(host) for host in hosts if host)


def is_brands(link: TextLink, domains: Iterable[str]) -> bool:
    """Whether a link leads to one of the domains or below it."""
    return _is_below(link.host, frozenset(domains))


def _is_below(host: str, domains: frozenset[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[first:]) in domains for first in range(len(labels)))


def host_of(link: str) -> str:
    """The host that a link leads to, in lower case; "" where none can be read from it."""
    try:
        host = urlsplit(link if "//" in link else f"//{link}").hostname or ""
        return host.lower().rstrip(".")
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
