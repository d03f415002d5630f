"""Lines of keys in every TOML form."""

from upline.services.plan.locate import locate

TEXT = '''# a comment with = and [brackets]
[plan]
key = "a # not a comment"
note = """
two
lines = 1
"""

[volumes.reduction]
rate = "70%"

[[ranks]]
id = 0
legs = { count = 2, volume = [
  1, # one
  2,
] }
[[ranks]]
id = 1
"quoted key" = 'x'
a.b.c = 1
[[ranks.sub]]
x = 1
[[ranks.sub]]
x = 2
'''


def test_lines() -> None:
    lines = locate(TEXT)
    assert lines[("plan",)] == 2
    assert lines[("plan", "key")] == 3
    assert lines[("plan", "note")] == 4
    assert lines[("volumes", "reduction")] == 9
    assert lines[("volumes", "reduction", "rate")] == 10
    assert lines[("ranks", 0)] == 12
    assert lines[("ranks", 0, "legs", "count")] == 14
    assert lines[("ranks", 0, "legs", "volume", 0)] == 15
    assert lines[("ranks", 0, "legs", "volume", 1)] == 16
    assert lines[("ranks", 1, "id")] == 19
    assert lines[("ranks", 1, "quoted key")] == 20
    assert lines[("ranks", 1, "a", "b", "c")] == 21
    assert lines[("ranks", 1, "sub", 0, "x")] == 23
    assert lines[("ranks", 1, "sub", 1, "x")] == 25


def test_windows_line_ends_count_once() -> None:
    lines = locate('[plan]\r\nkey = "a"\r\n')
    assert lines[("plan", "key")] == 2
