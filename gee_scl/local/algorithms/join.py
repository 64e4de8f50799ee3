"""`Join.*`: making joins and applying them."""

from __future__ import annotations

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.features import joins
from gee_scl.local.features.filters import Filter
from gee_scl.local.values import Collection

algorithm("Join.simple")(joins.Simple)
algorithm("Join.inverted")(joins.Inverted)
algorithm("Join.inner")(joins.Inner)
algorithm("Join.saveAll")(joins.SaveAll)
algorithm("Join.saveFirst")(joins.SaveFirst)
algorithm("Join.saveBest")(joins.SaveBest)


@algorithm("Join.apply")
def _apply(join: joins.Join, primary: Collection, secondary: Collection, condition: Filter) -> Collection:
    return join.apply(primary, secondary, condition)
