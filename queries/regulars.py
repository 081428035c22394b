"""The share of check-ins by daily regulars (staff, most likely) as it is published: in tenths, small counts hidden."""

import pandas as pd

from core import builds
from core.view import View


def regulars(view: View) -> pd.DataFrame:
    """The share of check-ins by daily regulars (staff, most likely), of each site, whatever the view filters.

    Of the two ISO weeks that ended last before the moment's day, the later that is wholly covered and has a check-in;
    without one a site has no row, and its share is unknown. place_id, first (Monday), tenths (Int64 0 to 10, NA where
    hidden), suppressed (few regulars or few others).
    """
    return builds.frame(
        view.build,
        """SELECT site_id AS place_id, first, tenths, suppressed FROM regulars
        WHERE first <= $moment::DATE - 7 AND first > $moment::DATE - 21 AND (suppressed OR tenths IS NOT NULL)
        QUALIFY row_number() OVER (PARTITION BY site_id ORDER BY first DESC) = 1 ORDER BY site_id""",
        moment=view.moment,
    ).astype({"tenths": "Int64"})
