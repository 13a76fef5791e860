"""A program's public pages, without log-in: call-to-action, sign-up, terms and privacy policy."""
