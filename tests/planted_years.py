"""Years of monthly lists whose truth is planted: a gap that closes, one that stays, one whose recording changes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from equiwait.rows.intake import read_list

DAYS = pd.date_range("2025-06-30", periods=18, freq="ME")
H, BEFORE = 126, 900  # days of the measure; days of joining before the first list
CHANGE = 275  # days after the first list: 1 April 2026
SHAPE, SCALE = 1.2, 110.0
_SHAPE_B = 0.9  # some of B stay very long
STAYS = np.exp(-((H / SCALE) ** SHAPE))  # share of A still waiting after 18 weeks


def gap_planted(joined: np.ndarray, kind: str) -> np.ndarray:
    """The gap of those who joined so many days after the first list: B's share still waiting after 18 weeks less A's."""
    if kind == "none":
        return np.zeros(len(joined))
    if kind == "stays":
        return np.full(len(joined), 0.15)
    if kind == "step":  # whoever joins from the change on waits as others do, but for a third of the gap
        return np.where(joined < CHANGE, 0.21, 0.07)
    closing = 0.195 + (0.076 - 0.195) * np.clip(joined / 395, 0, 1)
    return np.where(joined < -200, 0.0, closing)


def people(
    seed: int, kind: str = "closing", *, a_month: int = 400, trust: str = "RAA", recording: bool = False
) -> pd.DataFrame:
    """Everybody who joins from two and a half years before the first list to the last."""
    rng = np.random.default_rng(seed)
    span = BEFORE + (DAYS[-1] - DAYS[0]).days
    n = int(a_month * span / 30.4)
    joined = np.sort(rng.integers(0, span + 1, n)) - BEFORE
    b = rng.random(n) < 0.4
    gap = gap_planted(joined, kind)
    other = b & (gap > 0)
    shape = np.where(other, _SHAPE_B, SHAPE)
    scale = np.where(other, H / (-np.log(STAYS + gap)) ** (1 / _SHAPE_B), SCALE)
    treated = np.ceil(scale * rng.weibull(shape)).astype(int) + 1
    left = np.ceil(rng.exponential(1500, n)).astype(int) + 1
    start = DAYS[0] + pd.to_timedelta(joined, "D")
    team = np.where(b, "B", "A").astype(object)
    if recording:  # early on, half of B's longest waits are of people whose team nobody wrote down
        since = np.clip(joined / 395, 0, 1)
        silent = np.where(b & (treated > H), 0.6 * (1 - since), 0.03)
        team[rng.random(n) < silent] = None
    return pd.DataFrame({
        "pathway_id": [f"{trust}{i:06d}" for i in range(n)], "person_id": [f"{trust}p{i:06d}" for i in range(n)],
        "provider": trust, "clock_start": start, "clock_stop": start + pd.to_timedelta(np.minimum(treated, left), "D"),
        "rtt_status": np.where(treated <= left, "30", "34"), "team": team,
    })  # fmt: skip


def lists_of(*everyone: pd.DataFrame, days: pd.DatetimeIndex = DAYS) -> dict[str, pd.DataFrame]:
    """The list of each month: who is waiting, and who left since the list before."""
    whole, made = pd.concat(everyone, ignore_index=True), {}
    for at, day in enumerate(days):
        here = whole[(whole["clock_start"] <= day) & (whole["clock_stop"] > (days[at - 1] if at else day))].copy()
        still = here["clock_stop"] > day
        here.loc[still, "clock_stop"], here.loc[still, "rtt_status"] = pd.NaT, "20"
        made[f"{day:%Y-%m-%d}"] = read_list(here.reset_index(drop=True), snapshot=day)
    return made
