"""Texts compared as people mean them."""

from unicodedata import normalize


def email_key(email: str) -> str:
    """What makes an e-mail address unique: compatibility forms and case do not tell two apart."""
    return normalize("NFKC", email.strip()).casefold()
