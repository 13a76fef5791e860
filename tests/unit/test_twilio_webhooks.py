"""Signature and TwiML: the SDK's own validator and writer are the judges."""

from string import ascii_letters, digits

from hypothesis import example, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug.datastructures import MultiDict

from messaging.providers.twilio_webhooks import is_genuine, twiml

TOKEN = "12345"
# Twilio's own example (https://www.twilio.com/docs/usage/security#validating-requests).
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": ["CA1234567890ABCDE"],
    "Caller": ["+14158675309"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
}
_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_forms = st.dictionaries(_text, st.lists(_text, min_size=1, max_size=4), max_size=6)
_urls = st.builds(
    "{}://{}{}/{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["sms.example.com", "localhost", "127.0.0.1", "xn--bcher-kva.example"]),
    st.sampled_from(["", ":80", ":443", ":8000"]),
    st.sampled_from(["", "webhooks/twilio/inbound", "a%20b/c"]),
    st.sampled_from(["", "?delivery=12-1.x_y-Z", "?a=1&b=&a=2", "?q=http://x:1/y?z"]),
)


def signed_by_twilio(url: str, form: dict[str, list[str]]) -> str:
    fields = MultiDict((name, value) for name, values in form.items() for value in values)
    return str(RequestValidator(TOKEN).compute_signature(url, fields))


def test_twilios_own_example() -> None:
    assert is_genuine(TOKEN, URL, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not is_genuine(TOKEN, URL, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B9=")


@given(_urls, _forms)
@example("http://localhost:8000/x", {"a": ["", "", "b", "b"], "": [""]})
def test_it_takes_what_the_sdk_signs(url: str, form: dict[str, list[str]]) -> None:
    assert is_genuine(TOKEN, url, form, signed_by_twilio(url, form))


@given(_urls, _forms, _urls, _forms, st.booleans())
def test_it_agrees_with_the_sdk_on_any_signature(
    url: str,
    form: dict[str, list[str]],
    signed_url: str,
    signed_form: dict[str, list[str]],
    is_same_form: bool,
) -> None:
    signature = signed_by_twilio(signed_url, form if is_same_form else signed_form)
    fields = MultiDict((name, value) for name, values in form.items() for value in values)
    by_the_sdk = RequestValidator(TOKEN).validate(url, fields, signature)
    assert is_genuine(TOKEN, url, form, signature) is bool(by_the_sdk)


@given(st.text(max_size=40) | st.text(ascii_letters + digits + "+/=", max_size=30) | st.none())
def test_no_made_up_signature_passes_or_breaks_anything(signature: str | None) -> None:
    assert not is_genuine(TOKEN, URL, FORM, signature)


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80))
@example('<b> & "quotes" > \r\n\t ]]>')
def test_the_answer_reads_as_the_sdk_writes_it(reply: str) -> None:
    response = MessagingResponse()
    response.message(reply)
    assert twiml(reply) == str(response)


def test_saying_nothing_reads_as_the_sdk_writes_it() -> None:
    assert twiml(None) == str(MessagingResponse())
