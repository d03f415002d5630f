"""A download's file name, made of whatever stood in the path."""

import pytest

from upline.routers.virtual_office.reports.titles import content_disposition

TAIL = b"/all/0123-45/1/en-US"
NAMES = {
    b"Retail%20Customers": "Retail Customers",
    b"A%2FB/C": "A B C",
    b"..%2F..%2Fetc%2Fpasswd": "etc passwd",
    b"%22%3B%20filename%3D%22evil.exe": "filename= evil.exe",
    b"a%0D%0ASet-Cookie:%20x": "aSet-Cookie x",
    b"100%25": "100",
    b"%00": "report",
    b"": "report",
    b"...": "report",
    b"%E2%80%AEfdp.exe": "fdp.exe",
    b"%FF%FE": "\ufffd\ufffd",
}


@pytest.mark.parametrize(("title", "name"), NAMES.items())
def test_titles_become_harmless_names(title: bytes, name: str) -> None:
    header = content_disposition(b"/vo.dlv.api/reports/download/" + title + TAIL)
    ascii_name = name.encode("ascii", "ignore").decode() or "report"
    assert header.startswith(f'attachment; filename="{ascii_name}.csv"; filename*=UTF-8')
    assert not set(header) & set("\r\n\0\\")
    assert header.count('"') == 2


def test_names_keep_their_letters_for_readers_of_today() -> None:
    path = b"/vo.dlv.api/reports/download/%C3%9Cbersicht%20%E5%B9%B4" + TAIL
    assert content_disposition(path) == (
        "attachment; filename=\"Ubersicht .csv\"; filename*=UTF-8''%C3%9Cbersicht%20%E5%B9%B4.csv"
    )


def test_slashes_and_letter_case_of_the_path_do_not_matter() -> None:
    path = b"//VO.dlv.api//Reports//Download//My%20Title//ALL//0123//1//en-US/"
    assert 'filename="My Title.csv"' in content_disposition(path)


def test_long_titles_are_cut() -> None:
    header = content_disposition(b"/vo.dlv.api/reports/download/" + b"x" * 5000 + TAIL)
    assert 'filename="' + "x" * 100 + '.csv"' in header


def test_other_paths_have_the_usual_name() -> None:
    assert 'filename="report.csv"' in content_disposition(b"")
