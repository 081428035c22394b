"""Policy numbers of the figures, named once. Each has its edge tested at one below, at and one above."""

REPEAT_SECONDS = 900  # FIGURES, Visit: a check-in this soon after the last at the same site is a repeat, no visit
REFUSED_COLOUR = 4  # hitam: refused where the log does not say whether the person was admitted
STATUS_UNKNOWN_COLOUR = 3  # merah without `admitted` counts, shown as 'status masuk tidak diketahui'
REJECTED_AT_MOST = 0.20  # a file with a larger share of rejected rows is refused whole
STAYS_NEEDED = 30  # FIGURES, Occupancy: fewer matched stays of a category give no estimate
