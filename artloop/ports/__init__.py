"""The joints of artloop: what the flow needs from the hands. Only `wiring` knows who stands behind them."""

from __future__ import annotations

from artloop.ports.artists import Artists
from artloop.ports.calls import Asked, CallRecord, Calls, Ledger, Purse, Receipt
from artloop.ports.people import Confirm, Hand, Question
from artloop.ports.renders import Distances, Measure, Render, Searched, SearchFor, ToolServer, Trials, Tune
from artloop.ports.steps import Attempt, Recall, Step, Steps, unknown
from artloop.ports.workshop import Blobs, Board, Clock, Shelf, Workshop

__all__ = [
    "Artists",
    "Asked",
    "Attempt",
    "Blobs",
    "Board",
    "CallRecord",
    "Calls",
    "Clock",
    "Confirm",
    "Distances",
    "Hand",
    "Ledger",
    "Measure",
    "Purse",
    "Question",
    "Recall",
    "Receipt",
    "Render",
    "SearchFor",
    "Searched",
    "Shelf",
    "Step",
    "Steps",
    "ToolServer",
    "Trials",
    "Tune",
    "Workshop",
    "unknown",
]
