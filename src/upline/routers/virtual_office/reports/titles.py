"""The title in a download's path, which is anything at all and becomes the file's name."""

import re
import unicodedata
from urllib.parse import quote, unquote

DEFAULT = "report"
LONGEST = 100
# From the path as it was sent: routing has unescaped it, slashes included, and put it in lower
# case. A title may hold slashes, so it ends where the four segments behind it begin.
_TITLE = re.compile(
    r"/reports/+download/(.*)/+[^/]+/+[^/]+/+1/+[^/]+/*\Z", re.IGNORECASE | re.DOTALL
)
_UNFIT = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|;%]+')


def content_disposition(raw_path: bytes) -> str:
    """The header that names the file: plainly for old readers, in full for the others."""
    name = f"{_file_stem(raw_path)}.csv"
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if ascii_name.startswith("."):
        ascii_name = f"{DEFAULT}.csv"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def _file_stem(raw_path: bytes) -> str:
    path = raw_path.decode("ascii", "replace").partition("?")[0]
    found = _TITLE.search(path)
    title = unquote(found[1], errors="replace") if found else ""
    # Whatever steers a terminal or turns writing around is no part of a name.
    shown = "".join(c for c in title if unicodedata.category(c)[0] != "C")
    words = " ".join(_UNFIT.sub(" ", shown).split())
    return words.strip(" .")[:LONGEST].strip(" .") or DEFAULT
