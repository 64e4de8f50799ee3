"""A statistics frame by day: what is no such frame, or would count a day twice, is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from gee_scl.errors import ArgumentError
from gee_scl.frames.days import daily
from tests.figures import YEAR, north, statistics


def test_each_row_has_its_utc_day() -> None:
    frame = north()
    # Half past one in the night of Tokyo is the day before in UTC.
    frame["date"] = (frame["date"] + pd.Timedelta(hours=16, minutes=30)).dt.tz_convert("Asia/Tokyo")
    days = daily(frame, "percent")["day"]
    assert sorted({f"{day:%Y-%m-%d}" for day in days}) == sorted(YEAR)
    assert str(days.dt.tz) == "UTC"


def test_what_the_frame_says_of_itself_is_kept_and_the_frame_stays_as_it_is() -> None:
    frame = north()
    frame.attrs["gee_scl"] = {"synthetic": True}
    columns = list(frame.columns)
    assert daily(frame, "percent").attrs == {"gee_scl": {"synthetic": True}}
    assert list(frame.columns) == columns


def test_an_empty_frame_has_days_too() -> None:
    assert list(daily(north().iloc[:0], "percent")["day"]) == []


@pytest.mark.parametrize(
    ("frame", "value", "argument"),
    [
        (north().drop(columns="area_m2"), "percent", "frame"),
        (north().drop(columns="pixels"), "pixels", "frame"),
        ([1, 2], "percent", "frame"),
        (north(), "hectares", "value"),
        (pd.concat([north(), north()]), "percent", "frame"),
        (north().assign(date=pd.NaT), "percent", "frame"),
    ],
)
def test_what_is_no_frame_of_days_is_refused(frame: pd.DataFrame, value: str, argument: str) -> None:
    with pytest.raises(ArgumentError) as error:
        daily(frame, value)
    assert error.value.argument == argument


def test_a_column_that_is_not_shown_may_be_absent() -> None:
    assert len(daily(north().drop(columns="pixels"), "percent")) == 11 * len(YEAR)


def test_one_undated_image_is_a_day_of_its_own_where_dates_are_not_needed() -> None:
    frame = statistics({"A": {"2023-06-20": YEAR["2023-06-20"]}}).assign(date=pd.NaT)
    assert daily(frame, "percent", dated=False)["day"].isna().all()
    with pytest.raises(ArgumentError, match="several images undated"):
        daily(pd.concat([frame, frame]), "percent", dated=False)
