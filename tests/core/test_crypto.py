import pytest

from upline.core.crypto import FieldCipher, Unreadable

OLD, NEW, INDEX = b"o" * 32, b"n" * 32, b"i" * 32
CIPHER = FieldCipher([NEW], INDEX)
PLACE = "customers:1000001:tax_id"


def test_texts_come_back_and_never_look_alike() -> None:
    first, second = CIPHER.encrypt("123-45-6789", PLACE), CIPHER.encrypt("123-45-6789", PLACE)
    assert first != second
    assert CIPHER.decrypt(first, PLACE) == CIPHER.decrypt(second, PLACE) == "123-45-6789"


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(Unreadable):
        CIPHER.decrypt(CIPHER.encrypt("123-45-6789", PLACE), "customers:1000002:tax_id")


def test_every_damaged_byte_is_noticed() -> None:
    sealed = CIPHER.encrypt("1", PLACE)
    for position in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(Unreadable):
            CIPHER.decrypt(bytes(damaged), PLACE)
    for cut in (b"", sealed[:1], sealed[:12], sealed[:-1]):
        with pytest.raises(Unreadable):
            CIPHER.decrypt(cut, PLACE)


def test_old_keys_still_open() -> None:
    sealed = FieldCipher([OLD], INDEX).encrypt("x", PLACE)
    assert FieldCipher([NEW, OLD], INDEX).decrypt(sealed, PLACE) == "x"
    with pytest.raises(Unreadable):
        CIPHER.decrypt(sealed, PLACE)


def test_digests_find_equal_texts_of_one_purpose() -> None:
    assert CIPHER.digest("ssn", "123456789") == CIPHER.digest("ssn", "123456789")
    assert CIPHER.digest("ssn", "123456789") != CIPHER.digest("ein", "123456789")
    assert CIPHER.digest("ssn", "123456789") != FieldCipher([NEW], OLD).digest("ssn", "123456789")
