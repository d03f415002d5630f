"""Referral codes stand in paths where literals stand too; a code spelled like one would be lost.

`customer/{referralCode}/info` and its like are found only when no literal matches first, so no code
may be any literal segment of the documented paths (a test holds this list to the contract).
"""

RESERVED = frozenset(
    """
    account active add additionalcosts address all austpayrespnosehandler auth autoship bank
    bankaccounttype basic binary binarypositon cancel carryover cart category changepassword
    chart check checkout commission communications country current customer deductr delete
    deposithistory detail downline email enrollment events faststart forgotpassword freshdesk
    funnel geoanalytics getcardtype getfinalprice handler image info kspayrespnosehandler lead
    leadershipactivity libraries list logpageanalytics month monthly news note order
    organization other past payment paymentmethod paymentmethodtype payoneer payoutmethod period
    personal personalorder points product products profile projected rank rankadvancement ranks
    recurring referral referralcode register remove renewal resetpassword schedule scoreboard
    sendemail shipping sliders sms snapshot source sponsorupdate ssn standings stateprovince
    statistic statistics stats status subscription terms timezones top10 top50 topic total type
    unilevel unileveltree unsubscribe update upgrade upload v2 volume week widget
    """.split()  # noqa: SIM905 - a list of quoted words would be three pages
)


def is_reserved(code: str) -> bool:
    """Whether a path would take `code` for a word of its own."""
    return code.casefold() in RESERVED
