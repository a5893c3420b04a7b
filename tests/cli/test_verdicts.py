import io
from pathlib import Path

import pytest

from artloop.byhand import Agreement
from artloop.cli.verdicts import asker, said
from artloop.judging import Piece
from artloop.models import Candidate
from artloop.workspace import RunFolder
from tests.fakes import drawn


def piece(name: str) -> Piece:
    entry = Candidate(variant=name, iteration=1, title="T", rendering=drawn(""), score=5.0)
    return Piece(run="run", variant="v01", entry=entry)


@pytest.mark.parametrize(
    ("typed", "answer"), [("1\n", "first"), ("left\n 2 \n", "second"), ("t\n", "tie"), ("q\n", None), ("", None)]
)
async def test_the_artist_is_asked_until_the_answer_is_one(
    typed: str,
    answer: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert await asker(RunFolder(tmp_path))(piece("p01"), piece("p02"), 0) == answer
    out, err = capsys.readouterr()
    assert out == "", "stdout is for the result"
    assert str(tmp_path / "variants" / "p01" / "iterations" / "01" / "preview.png") in err


def test_agreement_is_told_with_its_interval_and_not_at_all_where_nothing_was_decided() -> None:
    some = Agreement(pairs=4, decided=3, same=2, rate=0.6667, low=0.2, high=0.94)
    assert "2 of 3 pairs" in said(some)
    assert "20 to 94 %" in said(some)
    assert "1 more" in said(some)
    none = Agreement(pairs=2, decided=0, same=0, rate=None, low=0, high=1)
    assert "nothing is known" in said(none)
