from upline.core.text import email_key


def test_addresses_differ_by_more_than_case_and_form() -> None:
    assert email_key(" Ann.ABLE@Example.com ") == "ann.able@example.com"
    assert email_key("ＡＮＮ@example.com") == "ann@example.com"
    assert email_key("straße@example.com") == email_key("STRASSE@example.com")
    assert email_key("ann@example.com") != email_key("anna@example.com")
