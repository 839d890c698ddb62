"""Runs of the simulation for a replay, each made once and kept: a decision, a seed, its weeks."""

import os
import sys
import tempfile
from collections import OrderedDict
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path

import pandas as pd

from opsbook.demo.build import END, VERSION
from opsbook.demo.decisions import ChannelMix, Decision
from opsbook.demo.simulation import run
from opsbook.teach.replay_weeks import shop_weeks

__all__ = ["DAYS", "ORDERS", "kept_folder", "weeks_of"]

ORDERS = 12_000
"""Orders that the replayed shop expects in its two years, if nothing changes."""
DAYS = 730
_FORM = "1"
"""Raised when the weekly table or the meaning of a decision changes."""
_REMEMBERED = 60
_seen: OrderedDict[str, pd.DataFrame] = OrderedDict()


def kept_folder() -> Path:
    """Where runs are kept between sessions: the user's cache."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "opsbook" / "replay"


def weeks_of(choice: Decision, seed: int, folder: Path | None = None) -> pd.DataFrame:
    """The weeks of the shop under a decision; simulated if that was not done before.

    Args:
        choice: The decision.
        seed: Seed of the simulation.
        folder: Where runs are kept; the user's cache if not given. A folder that cannot be
            written is no fault: the run is then kept for this session only.
    """
    said = "|".join([VERSION, _FORM, str(ORDERS), type(choice).__name__, _said(choice), str(seed)])
    key = sha256(said.encode()).hexdigest()[:24]
    if key not in _seen:
        file = (folder or kept_folder()) / f"{key}.parquet"
        kept = file.is_file()
        _seen[key] = pd.read_parquet(file) if kept else _simulated(choice, seed, file)
        while len(_seen) > _REMEMBERED:
            _seen.popitem(last=False)
    _seen.move_to_end(key)
    return _seen[key].copy()


def _said(choice: Decision) -> str:
    if isinstance(choice, ChannelMix):
        return repr([(name, round(s, 6)) for name, s in choice.shares.items()]) + choice.dear
    return repr(tuple(round(float(value), 6) for value in astuple(choice)))


def _simulated(choice: Decision, seed: int, file: Path) -> pd.DataFrame:
    shop = run(choice.setting(), orders=ORDERS, days=DAYS, seed=seed, end=END, events="none")
    found = shop_weeks(shop)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Two notebooks may make the same run at once: each writes its own file, then renames.
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            found.to_parquet(part)
        Path(part.name).replace(file)
    except OSError:
        return found
    return found
