from pathlib import Path

from tests.cli.conftest import Upline


async def test_rates_are_loaded_and_listed(upline: Upline, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("currency,period,rate_in,rate_out\nCAD,400,0.775,1.29\nEUR,400,1.25,0.8\n")
    loaded = await upline("rates", "load", file)
    assert loaded.exit_code == 0, loaded.output
    assert "2 rates loaded" in loaded.output
    listed = await upline("rates", "list", 405)
    assert "1.29" in listed.output
    assert "CAD" not in (await upline("rates", "list", 399)).output


async def test_a_bad_file_names_its_line(upline: Upline, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("currency,period,rate_in,rate_out\nCAD,400,0,1.29\n")
    refused = await upline("rates", "load", file)
    assert refused.exit_code == 1
    assert "line 2: rate_in" in refused.output
    assert (await upline("rates", "load", tmp_path / "none.csv")).exit_code == 1
