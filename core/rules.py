"""Policy numbers of the figures, named once. Each has its edge tested at one below, at and one above."""

REPEAT_SECONDS = 900  # FIGURES, Visit: a check-in this soon after the last at the same site is a repeat, no visit
REFUSED_COLOUR = 4  # hitam: refused where the log does not say whether the person was admitted
STATUS_UNKNOWN_COLOUR = 3  # merah without `admitted` counts, shown as 'status masuk tidak diketahui'
REJECTED_AT_MOST = 0.20  # a file with a larger share of rejected rows is refused whole
STAYS_NEEDED = 30  # FIGURES, Occupancy: fewer matched stays of a category give no estimate
LIKELY = 0.8  # FIGURES, Occupancy: the likely range holds 8 of 10
# The dwell model: a site's own stays of an hour count as they are many against this number of the category's, and those
# of one hour against all hours'. Nobody is inside for more days than these, of a category without a cap of its own. Our
# choice, shown as 'asumsi'.
DWELL_SHRINK = 20
STAY_DAYS = 7

# Use of a code (FIGURES, Unused and In use): Kemenkes' test over 14 complete days, and the last 10 opening days.
USE_DAYS = 14
USE_UNKNOWN_AT_MOST = 2
UNUSED_MEAN = 1.0  # check-ins a day, at most: 'tidak terpakai'
OPENING_DAYS = 10
OPENING_DAYS_KNOWN = 8
OPENING_DAYS_USED = 6

# A daily regular of a site (staff, most likely) has visits there on so many days of an ISO week; fewer days with any
# visit there, as in a week with holidays, ask for this share of them, rounded up, but never for fewer than the least.
# Our choice, shown as 'asumsi'.
REGULAR_DAYS = 4
REGULAR_SHARE = 0.8
REGULAR_DAYS_LEAST = 3
# For the dwell model it must be known on the day itself: visits on REGULAR_DAYS of so many days that end with it.
REGULAR_WINDOW = 14

# Crowding (FIGURES): lower edges of the bands, on the percentage rounded down.
BANDS = ((100, "full"), (76, "nearly_full"), (50, "busy"), (0, "free"))
LIKE_DAYS_NEEDED = 4  # for 'biasanya'
LEVEL_DAYS, LEVEL_WEEKS = 4, 8  # like days a level is supposed for, and how far back they may lie; our choice
# Our choice, shown as 'asumsi': ratio to the usual below which it is much less, less, the same, more; else much more.
AGAINST_USUAL = ((0.5, "much_less"), (0.8, "less"), (1.25, "same"), (2.0, "more"))

# Completeness: a day under this share of its scans is provisional; our choice, shown as 'asumsi'.
COMPLETE_SHARE = 0.98

ACCESS_HOURS = 24  # the Kemenkes activation e-mail is valid this long (DOMAIN, thematic kampung)

# Follow-up: days a place may wait in a stage before it is listed; our choice, shown as 'asumsi'.
WAITING_DAYS = 14
# The collective filing of the register: alone it says nothing of the place itself (DOMAIN, rollout stages).
COLLECTIVE_DOCUMENT = "permohonan kolektif"

DISCLOSURE_K = 5  # FIGURES, Disclosure: counts of fewer people than this are not published

# --- what makes a file suspect: our own choices ---------------------------------------------------------------------
TURNED_DATES_AT_MOST = 0.01  # share of rows whose time reads only with day and month turned round
ROUNDED_IDS_SEEN = 10  # distinct long ids that all end in 0: by chance once in 10^10
LIKE_DAYS_WEEKS = 8  # a source's day is held against the same weekday of so many weeks before
LOW_VOLUME_UNDER = 0.5  # of the median of its like days
LOW_VOLUME_USUAL = 20  # scans a day: below that, half is soon nothing
CUT_SHARE = 0.15  # of a like day's scans usually still to come after the last one of the day
AHEAD_OF_UPLOAD_SECONDS = 300  # a device clock this far ahead of the server that took the scan
REJECTS_SHOWN = 200  # of each file on the screen; `etl rejects` gives all

# --- use or visits (core/comparison.py): our own choices, shown as 'asumsi' -----------------------------------------
COMPARE_CONFIDENCE = 0.95  # of the interval around a change
COMPARE_PAIRS_NEEDED = 4  # pairs of like days, as many as 'biasanya' asks for: fewer show no variation
COMPARE_VISITS_NEEDED = 30  # visits of the larger period, as many as stays for an estimate
COMPARE_KNOWN_SHARE = 0.8  # of places and days of the compared days: with fewer known the rest could turn the answer
COMPARE_CHANGE = 0.05  # a change is at least this large: weather and events move a whole week, which days do not show
COMPARE_NEW_SHARE = 0.5  # of a rise: at least this from codes that were not there before is 'QR bertambah'
COMPARE_EXPLAINED = 0.5  # of a fall (as a ratio): less of it also seen by counters is 'pemakaian turun'
COMPARE_COUNTED_SHARE = 0.5  # of the visits: counters at so many make a verdict
COMPARE_DOUBT_SHARE = 0.2  # counters at so many that disagree take a verdict away; at fewer they say nothing
COMPARE_SILENT_SHARE = 0.5  # of a fall: at least this at places that ceased to scan at all
COMPARE_CLOSED_SHARE = 0.5  # of a fall: at least this at places closed by a local order
COMPARE_ODD_SPREAD = 4.0  # times the variation of chance: from here one day that departs is named
COMPARE_SILENT_BEFORE = 10  # check-ins before: by chance none follows ten once in 20,000

# --- scan rate (core/scan_rate.py) ----------------------------------------------------------------------------------
RATE_CONFIDENCE = 0.95  # of the Wilson interval
