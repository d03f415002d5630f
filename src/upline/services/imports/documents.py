"""Records out of one big JSON document, without ever holding more than one of them.

Either an array of objects, or an object with such an array under `accounts`, the shape in which
the reports API answers.
"""

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

from upline.services.imports.report import Issues

LIST_KEY = "accounts"
LARGEST_RECORD = 1 << 20

_BLANK = " \t\r\n"


class _End(Exception):
    """The text ended inside the document, or a value is beyond all bounds."""


class _Text:
    """The part of a document that is not read yet, refilled piece by piece."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._decoder = JSONDecoder()
        self._buffer = ""
        self._at = 0
        self.line = 1

    def peek(self) -> str:
        """The next character that is not blank."""
        while True:
            while self._at < len(self._buffer):
                character = self._buffer[self._at]
                if character not in _BLANK:
                    return character
                self.line += character == "\n"
                self._at += 1
            self._refill()

    def take(self, expected: str) -> bool:
        """Step over the next character if it is one of `expected`."""
        if self.peek() not in expected:
            return False
        self._at += 1
        return True

    def value(self) -> Any:
        """The next JSON value; raises JSONDecodeError where there is none."""
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._buffer, self._at)
            except JSONDecodeError:
                if len(self._buffer) - self._at > LARGEST_RECORD:
                    raise
                self._refill()
                continue
            if end == len(self._buffer):  # a number may go on in the next piece
                self._refill()
                continue
            self.line += self._buffer.count("\n", self._at, end)
            self._at = end
            return found

    def _refill(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise _End
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0


def records(chunks: Iterator[str], issues: Issues) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of the document with the lines they begin in; what is wrong becomes issues."""
    text = _Text(chunks)
    try:
        if text.take("{") and not _find_list(text):
            issues.add(text.line, "", f"the document has no list “{LIST_KEY}”")
            return
        if not text.take("["):
            issues.add(text.line, "", "a list of records is expected here")
            return
        if text.take("]"):
            return
        while not issues.full:
            text.peek()
            line = text.line
            record = text.value()
            if isinstance(record, dict):
                yield line, record
            else:
                issues.add(line, "", "is not a JSON object")
            if text.take("]"):
                return
            if not text.take(","):
                issues.add(text.line, "", "a comma or the end of the list is expected here")
                return
    except ValueError as error:  # JSONDecodeError is one, a number of too many digits another
        issues.add(text.line, "", f"is not JSON: {getattr(error, 'msg', 'a number is too long')}")
    except _End:
        issues.add(text.line, "", "the document ends too early or is not JSON")
    except RecursionError:
        issues.add(text.line, "", "is nested too deeply")


def _find_list(text: _Text) -> bool:
    """Go through the object that was begun until its list begins."""
    while not text.take("}"):
        key = text.value()
        if not text.take(":"):
            return False
        if key == LIST_KEY:
            return True
        text.value()
        text.take(",")
    return False
