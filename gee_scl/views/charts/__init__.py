"""Charts of the statistics frame and of transitions, in the official colours, for journals and notebooks.

    import gee_scl
    from gee_scl import charts

    frame = gee_scl.class_statistics(images, "fields.geojson", id="name", by="date")
    charts.stacked_area(frame, region="North field").figure.savefig("north.pdf")

Every function draws into `ax`, or into a new pyplot figure, which a notebook shows by itself. Such a figure is as wide
as one column of a journal's page (`width="single"`, 89 mm) or as both (`"double"`, 183 mm), or as many inches as you
say; the two are those of the [Nature research figure guide](
https://research-figure-guide.nature.com/figures/building-and-exporting-figure-panels/). Pyplot keeps its figures until
they are closed: `matplotlib.pyplot.close(ax.figure)` where many are made. No request is made, and no global setting of
matplotlib is changed. What is drawn into an `ax` of one's own has its legend outside the data: make such a figure with
`layout="constrained"`.

A scheme's colours are taken as they are. Greys, near colours and white are hatched, each area has a thin dark edge, and
classes are marked inside the chart by their value, which the legend repeats. Names are shown as they are: no
mathematics between dollar signs, no mark-up. Letters that matplotlib's font lacks are drawn with a font of this machine
that has them; a warning names those that none has. (Arabic and the scripts of India are joined and ordered from
matplotlib 3.11 on.) Days are UTC. Where `attrs` says that the pixels are synthetic, so does the title.
"""

from __future__ import annotations

from gee_scl.views.charts.areas import stacked_area
from gee_scl.views.charts.bar_chart import bars
from gee_scl.views.charts.calendar import clear_calendar
from gee_scl.views.charts.matrix import transition_matrix
from gee_scl.views.charts.multiples import small_multiples
from gee_scl.views.charts.sankey import transition_sankey

__all__ = [
    "bars",
    "clear_calendar",
    "small_multiples",
    "stacked_area",
    "transition_matrix",
    "transition_sankey",
]


def __dir__() -> list[str]:
    return __all__
