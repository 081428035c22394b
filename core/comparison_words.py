"""What is said of a comparison and of a scan rate: the sentence to copy, its parts, and what limits it."""

from math import inf

from core import comparison, formats, rules, words
from core.comparison import Change, Comparison
from core.scan_rate import Overall, Rate
from core.view import View


def percent(share: float | None, language: str, decimals: int = 1) -> str:
    """0.123 -> '12,3 %'; '-' where nothing stands below the line."""
    if share is None:
        return words.text("chart.not_applicable", language)
    if share == inf:
        return words.text("comparison.endless", language)
    return words.text("comparison.percent", language, value=formats.number(100 * share, decimals, language))


def changed(share: float | None, language: str) -> str:
    """A change with its sign: '+12,3 %', '-0,4 %', '0,0 %', '-' where there was nothing before."""
    said = percent(share, language)
    return f"+{said}" if share is not None and round(100 * share, 1) > 0 else said.replace("-0,0", "0,0")


def signed(value: int, language: str) -> str:
    """A difference with its sign: '+622', '-3', '0'."""
    return ("+" if value > 0 else "") + formats.number(value, 0, language)


def reason(found: Comparison, language: str) -> str:
    """The reason of the verdict in words."""
    return words.text(
        f"comparison.reason.{found.verdict.word}.{found.verdict.reason}",
        language,
        pairs=len(found.now),
        needed=rules.COMPARE_PAIRS_NEEDED,
        visits_needed=rules.COMPARE_VISITS_NEEDED,
        least=round(100 * rules.COMPARE_CHANGE),
        young=rules.USE_DAYS,
        silent=found.found.silent_places,
    )


def verdict(found: Comparison, language: str) -> str:
    return words.text(f"comparison.verdict.{found.verdict.word}", language)


def _with_range(change: Change, language: str) -> str:
    ends = comparison.interval(change.pairs)
    share = changed(change.share, language)
    if ends is None or change.share is None:
        return share
    low, high = (changed(end - 1, language) for end in ends)
    return words.text("comparison.range", language, share=share, low=low, high=high)


def sentence(found: Comparison, view: View) -> str:
    """Total change, change at the same codes, part from new ones, verdict and reason: one sentence to copy."""
    language, parts = view.language, found.found
    said = {
        "period": formats.period(view.first, view.last, language),
        "earlier": formats.period(found.first, found.last, language),
        "verdict": verdict(found, language),
        "reason": reason(found, language),
    }
    if not found.now:
        return words.text("comparison.nothing", language, **said)
    return words.text(
        "comparison.sentence",
        language,
        total=changed(parts.total.share, language),
        before=formats.number(parts.total.before, 0, language),
        after=formats.number(parts.total.after, 0, language),
        same=_with_range(parts.same, language),
        new=signed(parts.new.difference + parts.grown.difference, language),
        **said,
    )


def limits(found: Comparison, language: str) -> list[str]:
    """What was compared, what was left out and why, levels, head counts, and the day that departs most."""

    def text(key: str, **fields: object) -> str:
        return words.text(f"comparison.{key}", language, **fields)

    parts = found.found
    said = [text("compared", n=len(found.now), days=found.days)]
    said += [text(f"left_out.{name}", n=n) for name, n in parts.left_out.items()]
    if found.now and parts.known < 1:
        said.append(text("partly_known", share=int(100 * parts.known)))
    if found.levels:
        said.append(text("level", levels=_levels(found, language)))
    if found.unconfirmed:
        said.append(text("level_unconfirmed"))
    if parts.counted is None:
        said.append(text("no_counters"))
    else:
        said.append(
            text(
                "counters",
                places=parts.counted.places,
                of=int(100 * parts.counted.of),
                entries=changed(parts.counted.entries.share, language),
                check_ins=changed(parts.counted.check_ins.share, language),
            )
        )
    if (n := comparison.odd_pair(parts.same.pairs)) is not None:
        before, after = parts.same.pairs[n]
        then, now = (formats.day(day, language, long=False) for day in (found.then[n], found.now[n]))
        share = after / before - 1 if before else None
        said.append(text("odd_day", now=now, then=then, change=changed(share, language)))
    return said


def _levels(found: Comparison, language: str) -> str:
    """'2', '2 menjadi 1', '1 menjadi ?; 1': as they follow."""

    def one(level: int | None) -> str:
        return words.text("value.unknown", language) if level is None else str(level)

    said = [
        one(a) if a == b else words.text("comparison.level_change", language, before=one(a), after=one(b))
        for a, b in dict.fromkeys(found.levels)
    ]
    return "; ".join(said)


def assumptions(language: str) -> str:
    """The thresholds that are our own choice."""
    return words.text(
        "comparison.assumptions",
        language,
        confidence=round(100 * rules.COMPARE_CONFIDENCE),
        least=round(100 * rules.COMPARE_CHANGE),
        of=round(100 * rules.COMPARE_COUNTED_SHARE),
    )


def scan_rate(found: Overall, states: list[str], language: str) -> str:
    """The rate of all counted places together, or why there is none. `states`: of the places, as by_site gives them."""

    def text(key: str, **fields: object) -> str:
        return words.text(f"scan_rate.{key}", language, **fields)

    if found.rate is None:
        if not found.counted:
            return text("none")
        reasons = dict.fromkeys(text(f"state.{state}") for state in states)
        return text("unusable", reason="; ".join(reasons))
    return _rate(found.rate, found, language)


def _rate(rate: Rate, found: Overall, language: str) -> str:
    said = {
        "check_ins": formats.number(rate.check_ins, 0, language),
        "entries": formats.number(rate.entries, 0, language),
        "places": found.places,
        "coded": found.coded,
    }
    if rate.ratio is None:
        return words.text("scan_rate.zero", language, **said)
    if rate.over:
        return words.text("scan_rate.over", language, ratio=formats.number(rate.ratio, 2, language), **said)
    low, high = (percent(end, language) for end in (rate.low, rate.high))
    return words.text(
        "scan_rate.sentence",
        language,
        rate=percent(rate.ratio, language),
        low=low.removesuffix(" %"),
        high=high,
        **said,
    )
