"""How a change is measured, as callers say it: the arguments that all share who measure one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gee_scl.classes.band_schemes import LAND_BY_DEFAULT
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.expressions.transitions import BAND
from gee_scl.options.choices import Day, Pick
from gee_scl.options.names import no_such_argument
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.options import MEASURE_DEFAULTS, MeasureOptions

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions


class TransitionOptions(MeasureOptions, total=False):
    """How a change is measured: arguments of `transitions`, which says what each does.

    Those of `MeasureOptions`, of which the scheme is "land" by default, and:

    Attributes:
        pick: which class a period stands for, "mode" (default), "first" or "last".
    """

    pick: Pick | str


_DEFAULTS: TransitionOptions = {**MEASURE_DEFAULTS, "scheme": LAND_BY_DEFAULT, "pick": Pick.MODE}


@dataclass(frozen=True)
class ChangeDesign:
    """What is to be measured of a change, and where, checked before anything is asked.

    Attributes:
        regions: to measure.
        measure: what is measured; its scheme is provisional as long as the band has not been looked at.
        grid: to count on, as far as the caller has said.
        pick: which class a period stands for.
        day: whose day counts once.
        band: of class codes.
        scheme: as it was given.
    """

    regions: Regions
    measure: Measure
    grid: Grid
    pick: Pick
    day: Day
    band: str
    scheme: str | Scheme

    @classmethod
    def of(cls, function: str, regions: object, options: TransitionOptions) -> ChangeDesign:
        """From a caller's arguments. No request is made.

        Args:
            function: that the caller has called, for the error.
            regions: as `class_statistics` takes them.
            options: as far as they are given.

        Raises:
            TypeError: an argument that there is not.
            ArgumentError: one that cannot be used.
            SchemeError: the scheme does not exist, or has more than 98 classes.
            RegionError: the regions cannot be read.
        """
        # numpy comes with it: `import gee_scl` stays light.
        from gee_scl.regions.as_regions import as_regions

        no_such_argument(function, options, _DEFAULTS)
        all_options: TransitionOptions = {**_DEFAULTS, **options}
        provisional = get_scheme(all_options["scheme"]).transitions()
        return cls(
            pick=Pick.of("pick", all_options["pick"]),
            day=Day.of("day", all_options["day"]),
            measure=Measure.of(provisional, BAND, all_options["weights"], all_options["tile_scale"]),
            grid=Grid.of(all_options["scale"], all_options["crs"]),
            regions=as_regions(regions, id=all_options["id"], keep=all_options["keep"], layer=all_options["layer"]),
            band=all_options["band"],
            scheme=all_options["scheme"],
        )
