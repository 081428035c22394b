"""How the rollout goes on: places by stage over a denominator, how long each stage takes, and who waits."""

from datetime import timedelta
from statistics import median

import numpy as np
import pandas as pd

from core import rollout, rules
from core.rollout import RANK
from core.view import View
from queries import coverage, stages, use

# The chart's lines: cumulative, the last one can be lost.
LINES = ("verified", "installed", "in_use")
# The stages of the chain, with the side branch after the one it leaves.
STEPS = tuple(s for stage in rollout.CHAIN for s in ((stage, "expired") if stage == "access_issued" else (stage,)))
_TOGETHER = ("kecamatan", "kelurahan", "?", "other")
WAITING = ("filed", "verified", "expired", "access_issued", "activated", "trained")


def denominator(view: View, group: str) -> pd.DataFrame:
    """The sites of one group as of the moment, whatever the view filters: 'area' (those of an area), 'kecamatan' and
    'kelurahan' (the offices of each), or a category."""
    site = coverage.sites(view.without_filters())
    if group == "area":
        return site[site["area_id"].notna()]
    return site[site["category"] == (f"kantor_{group}" if group in ("kecamatan", "kelurahan") else group)]


def by_group(view: View, by: str = "category") -> pd.DataFrame:
    """Places in each state: group, state, n, by_city (whether the city files for the group's places).

    by 'category': areas and the two kinds of offices as their cells, then every other category; 'owner': the agencies,
    then kecamatan and kelurahan each together, '?' for those without an owner. What the city does not file for stands
    apart, in a group of its own ('other').
    """
    site = coverage.sites(view.without_filters())
    others = site[site["by_city"] == False]  # noqa: E712  NA is unknown, not no
    mine = site.drop(others.index)
    parts = []
    if by == "category":
        parts.append(coverage.cells(view)[["level", "state"]].rename(columns={"level": "group"}))
        mine = mine[~mine["category"].isin(["kantor_kecamatan", "kantor_kelurahan"]) & mine["area_id"].isna()]
    column = (
        mine["category"] if by == "category" else mine["owner_id"].mask(mine["owner_kind"] != "opd", mine["owner_kind"])
    )
    parts.append(mine.assign(group=column.fillna("?"))[["group", "state"]])
    parts.append(others.assign(group="other")[["group", "state"]])
    found = pd.concat(parts).groupby(["group", "state"], sort=False).size().rename("n").reset_index()
    if by == "owner":  # the largest first, those that stand for many and what is apart last
        size = found.groupby("group")["n"].transform("sum").mask(found["group"].isin(_TOGETHER), 0)
        nth = found["group"].map({name: n for n, name in enumerate(_TOGETHER)}).fillna(-1)
        found = found.assign(size=-size, nth=nth).sort_values(["nth", "size", "group"], kind="stable")
    found = found[["group", "state", "n"]].reset_index(drop=True)
    return found.assign(by_city=found["group"] != "other")


def funnel(view: View, site: pd.DataFrame) -> pd.DataFrame:
    """Of some of `coverage.sites`, one row a stage of STEPS, each implying those before it.

    'expired' is a side branch: there `reached` are those whose access ever ran out.

    stage; reached (places), conversion (of those at the stage before, NA where none was); here (places whose present
    stage it is); median_days of those who passed it and how many they are (points: doors, where a site has them; NA
    where nobody did, or only over stages without a date); longest (days of those still in it). A place whose stage is
    unknown is in no row.
    """
    standing = stages.sites(view.build, view.moment)
    known = site[site["stage"].notna()]
    rank = known["stage"].map(RANK)
    used = known["state"] == "in_use"
    waited = (pd.Timestamp(view.moment) - known["since"]).dt.days
    days: dict[str, list[float]] = {}
    for place in known["place_id"]:
        for history in standing[place].histories:
            for spell in history.spells:
                if spell.exact and spell.end:
                    days.setdefault(spell.stage, []).append((spell.end - spell.begin) / timedelta(days=1))
    before: int | None = None
    found = []
    for stage in STEPS:
        side = stage == "expired"
        among = known["expired"] > 0 if side else used if stage == "in_use" else rank >= RANK[stage]
        reached = int(among.sum())
        here = used if stage == "in_use" else (known["stage"] == stage) & ~used
        passed = days.get(stage, [])
        longest = waited[here].max() if stage in WAITING else None
        found.append(
            {
                "stage": stage,
                "reached": reached,
                "conversion": reached / before if before and not side else None,
                "here": int(here.sum()),
                "median_days": median(passed) if passed else None,
                "passed": len(passed),
                "longest": None if longest is None or pd.isna(longest) else int(longest),
            }
        )
        before = before if side else reached
    return pd.DataFrame(found).astype({"conversion": "Float64", "median_days": "Float64", "longest": "Int64"})


def accesses(site: pd.DataFrame) -> dict[str, int]:
    """Of some of `coverage.sites`: places whose access is open now, that let one expire, and that have filed again."""
    return {
        "open": int(site["deadline"].notna().sum()),
        "expired_now": int((site["stage"] == "expired").sum()),
        "expired_ever": int((site["expired"] > 0).sum()),
        "refiled": int((site["refiled"] > 0).sum()),
    }


def deadlines(view: View) -> pd.DataFrame:
    """Places with access not yet used, the first to expire first: place_id, name, owner, deadline, precision."""
    site = coverage.sites(view)
    found = site[site["deadline"].notna()].sort_values(["deadline", "name"], ignore_index=True)
    return found[["place_id", "name", "owner", "deadline", "precision"]]


def waiting(view: View) -> pd.DataFrame:
    """Places on their way that are not installed, by how long they stand in their stage, longest first.

    place_id, place, owner_id, owner, stage, since, days (whole), beyond (longer than rules.WAITING_DAYS), again. Only
    those whose stage is dated and for which the city files; filtered as the view is.
    """
    site = coverage.sites(view)
    mine = site["by_city"].fillna(True).astype(bool)
    found = site[site["stage"].isin(WAITING) & site["since"].notna() & mine]
    days = (pd.Timestamp(view.moment) - found["since"]).dt.days
    return (
        found.assign(place=found["name"], days=days, beyond=days > rules.WAITING_DAYS)
        .sort_values(["days", "place"], ascending=[False, True])
        .reset_index(drop=True)[["place_id", "place", "owner_id", "owner", "stage", "since", "days", "beyond", "again"]]
    )


def over_time(view: View, site: pd.DataFrame) -> pd.DataFrame:
    """Places of a denominator that had reached a stage by the end of each day up to the moment: day, stage, n.

    Stages of LINES; days from the first dated event of one of them. `in_use` is as of the day's beginning, as
    everywhere, and can fall.
    """
    standing = stages.sites(view.build, view.moment)
    mine = {place: standing[place].histories for place in site["place_id"] if place in standing}
    starts = [s.begin for histories in mine.values() for h in histories for s in h.spells if s.stage != "filed"]
    if not starts:
        return pd.DataFrame({"day": pd.Series(dtype="datetime64[us]"), "stage": [], "n": []})
    days = pd.date_range(pd.Timestamp(min(starts)).normalize(), pd.Timestamp(view.moment).normalize(), freq="D")
    found = {stage: np.zeros(len(days), dtype=int) for stage in LINES}
    for histories in mine.values():
        rank = _ranks(histories, days)
        for stage in ("verified", "installed"):
            found[stage] += rank >= RANK[stage]
    coded = coverage.coded(view.build, view.moment)
    installed = coverage.installed_on(standing, coded)
    verdicts = use.by_day(view.build, view.moment, days[0].date(), installed, list(mine))
    used = verdicts[verdicts["use"] == "in_use"].groupby("day").size()
    found["in_use"] = used.reindex(days, fill_value=0).to_numpy()
    return pd.DataFrame(
        [
            {"day": day, "stage": stage, "n": int(n)}
            for stage in LINES
            for day, n in zip(days, found[stage], strict=True)
        ]
    )


def _ranks(histories: tuple[rollout.History, ...], days: pd.DatetimeIndex) -> np.ndarray:
    """The rank all points of known stage had reached by the end of each day, 0 where none was known."""
    ends = (days + pd.Timedelta(days=1)).to_numpy()
    ranks = []
    for history in histories:
        begins = np.array([np.datetime64(s.begin, "us") for s in history.spells])
        nth = np.searchsorted(begins, ends, side="left")
        of_spell = np.array([0, *(RANK[s.stage] for s in history.spells)])
        ranks.append(of_spell[nth])
    found = np.array(ranks)
    known = np.where(found > 0, found, 99).min(axis=0)
    return np.where(known == 99, 0, known)
