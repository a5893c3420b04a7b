"""What a terminal shows before there is anything to show, and what a log is spared."""

import io

import pytest

from artloop.cli.waiting import COMPILING, PREPARING, preparing, watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown_on(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def test_a_terminal_is_told_at_once_and_the_line_goes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = shown_on(Terminal(), monkeypatch)
    with preparing():
        assert terminal.getvalue() == PREPARING
    assert terminal.getvalue().endswith(f"\r{' ' * len(PREPARING)}\r")


def test_whoever_wants_quiet_or_reads_no_terminal_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = shown_on(Terminal(), monkeypatch)
    with preparing(silent=True):
        pass
    assert terminal.getvalue() == ""
    log = shown_on(io.StringIO(), monkeypatch)
    with preparing(), watched("drawing", 3) as (told, _):
        told(advance=1)
    assert log.getvalue() == ""


def test_a_log_is_told_once_that_kernels_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    log = shown_on(io.StringIO(), monkeypatch)
    with watched("drawing") as (_, kernels):
        for done in range(44):
            kernels(done, 43)
    assert log.getvalue() == f"{COMPILING}: 43 of them\n"


def test_a_terminal_sees_the_work_and_kernels_while_they_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = shown_on(Terminal(), monkeypatch)
    with watched("drawing", 2) as (told, kernels):
        kernels(1, 43)
        told(completed=1, description="halfway")
    assert "halfway" in terminal.getvalue()
    assert COMPILING in terminal.getvalue()
