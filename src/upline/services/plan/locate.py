"""Which line of a TOML text holds which key: tomllib keeps no positions, error messages need them.

Reads text that tomllib has accepted already, so it may trust the syntax and only follow it.
"""

import re

__all__ = ["Path", "locate"]

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR_END = re.compile(r"[,\]}\n#]")


def locate(text: str) -> dict[Path, int]:
    """Line number (from 1) of every key, table, array element and inline key, by its path."""
    return _Reader(text).read()


class _Reader:
    """A cursor over the text; `lines` collects what it passes."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n") + "\n"
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.arrays: dict[Path, int] = {}  # last index of each array of tables

    def read(self) -> dict[Path, int]:
        prefix: Path = ()
        while True:
            self._skip(blank=" \t\n")
            if self.at >= len(self.text):
                return self.lines
            if self.text[self.at] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _note(self, path: Path) -> None:
        self.lines.setdefault(path, self._line())

    def _skip(self, blank: str) -> None:
        """Pass blanks and comments."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                self.at = self.text.index("\n", self.at)
            elif self.text[self.at] in blank:
                self.at += 1
            else:
                return

    def _key(self) -> list[str]:
        """A key, dotted or not, quoted or not."""
        parts = []
        while True:
            self._skip(" \t")
            if self.text[self.at] in "\"'":
                quote = self.text[self.at]
                close = self.text.index(quote, self.at + 1)
                parts.append(self.text[self.at + 1 : close])
                self.at = close + 1
            else:
                found = _BARE.match(self.text, self.at)
                assert found is not None  # noqa: S101 - tomllib has accepted the text
                parts.append(found.group())
                self.at = found.end()
            self._skip(" \t")
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _under(self, path: Path, part: str) -> Path:
        """One step down; inside an array of tables the step goes to its latest element."""
        deeper = (*path, part)
        return (*deeper, self.arrays[deeper]) if deeper in self.arrays else deeper

    def _header(self) -> Path:
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        parts = self._key()
        path: Path = ()
        for part in parts[:-1]:
            path = self._under(path, part)
        if double:
            array = (*path, parts[-1])
            self._note(array)
            self.arrays[array] = self.arrays.get(array, -1) + 1
            path = (*array, self.arrays[array])
        else:
            path = self._under(path, parts[-1])
        self._note(path)
        self.at += 2 if double else 1
        return path

    def _pair(self, prefix: Path) -> None:
        start = self.at
        path = prefix
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, self.text.count("\n", 0, start) + 1)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(" \t")
        head = self.text[self.at]
        if head == "[":
            self.at += 1
            index = 0
            while self._more("]"):
                self._note((*path, index))
                self._value((*path, index))
                index += 1
        elif head == "{":
            self.at += 1
            while self._more("}"):
                self._pair(path)
        elif head in "\"'":
            self._string(head)
        else:
            found = _SCALAR_END.search(self.text, self.at)
            self.at = found.start() if found else len(self.text)

    def _more(self, close: str) -> bool:
        """Whether another element follows in an array or inline table; passes commas."""
        self._skip(" \t\n,")
        if self.text[self.at] == close:
            self.at += 1
            return False
        return True

    def _string(self, quote: str) -> None:
        long = self.text.startswith(quote * 3, self.at)
        mark = quote * 3 if long else quote
        self.at += len(mark)
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(mark)
        while long and self.text[self.at] == quote:  # up to two quotes may stand before the mark
            self.at += 1
