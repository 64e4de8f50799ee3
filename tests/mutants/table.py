"""The seeded faults: which text is replaced by which, and the tests that must catch it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a fault makes wrong."""

    COUNTING = "counting"
    """Which pixels, rows and images count."""

    MASKS = "masks"
    """Which pixels are seen."""

    AREAS = "areas"
    """Square metres, and what a share is a share of."""

    NAMES = "names"
    """What classes, properties and exports are called, and how they are looked up."""


@dataclass(frozen=True)
class Mutant:
    """A fault.

    Attributes:
        name: as the command takes it.
        kind: what it makes wrong.
        file: where, from the top of the checkout.
        fault: what is wrong then, in a few words.
        before: the text that is replaced; it stands once in the file.
        after: the text that stands there instead.
        tests: files or ids of tests, one of which must fail. They need no recorded pixels.
    """

    name: str
    kind: Kind
    file: str
    fault: str
    before: str
    after: str
    tests: tuple[str, ...]


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        name="centre-rule",
        kind=Kind.COUNTING,
        file="gee_scl/statistics/measure.py",
        fault="pixels at the edge count by the part of them that is inside, not by their centre",
        before="if self.weights is Weights.CENTRE:",
        after="if self.weights is None:",
        tests=("tests/statistics/test_class_statistics.py::test_counts_equal_rasterios_for_every_region_and_image",),
    ),
    Mutant(
        name="percent",
        kind=Kind.COUNTING,
        file="gee_scl/frames/statistics_frame.py",
        fault="percent is of the region's whole area, as percent_of_region is",
        before="_share(sums.area, sums.area.sum(axis=1, keepdims=True))",
        after="_share(sums.area, sums.total)",
        tests=("tests/statistics/test_class_statistics.py::test_shares_sum_to_a_hundred_or_there_is_nothing",),
    ),
    Mutant(
        name="zero-rows",
        kind=Kind.COUNTING,
        file="gee_scl/frames/statistics_frame.py",
        fault="classes without a pixel have no row",
        before="return pd.DataFrame(columns, copy=False)",
        after='return pd.DataFrame(columns, copy=False).query("pixels > 0")',
        tests=("tests/statistics/test_class_statistics.py::test_every_class_has_its_row_for_each_region_and_image",),
    ),
    Mutant(
        name="duplicates",
        kind=Kind.COUNTING,
        file="gee_scl/scenes/collection.py",
        fault="reprocessed scenes stay beside their new versions unless they are asked for",
        before="if keeping is Duplicates.NEWEST:",
        after="if keeping is Duplicates.KEEP:",
        tests=(
            "tests/scenes/test_collection.py::test_all_scenes_are_sorted_by_time_without_the_reprocessed_duplicate",
        ),
    ),
    Mutant(
        name="solar-day",
        kind=Kind.COUNTING,
        file="gee_scl/scenes/periods.py",
        fault="east of Greenwich the solar day begins later than the UTC day, not earlier",
        before="longitude.divide(_DEGREES_PER_HOUR)",
        after="longitude.divide(-_DEGREES_PER_HOUR)",
        tests=("tests/scenes/test_periods.py::test_the_solar_day_is_that_of_the_place",),
    ),
    Mutant(
        name="lost-pages",
        kind=Kind.COUNTING,
        file="gee_scl/requests/door.py",
        fault="of an answer in several pages only the first is read",
        before='token = page.get("nextPageToken")',
        after="token = None",
        tests=("tests/scenes/test_percentages.py::test_a_thousand_images_take_one_request",),
    ),
    Mutant(
        name="dilation",
        kind=Kind.MASKS,
        file="gee_scl/expressions/morphology.py",
        fault="a dilation reaches as many pixels as metres are asked for",
        before='mask.focalMax(radius * (1 + _ROUNDING), "circle", "meters")',
        after='mask.focalMax(radius * (1 + _ROUNDING), "circle", "pixels")',
        tests=("tests/expressions/test_morphology.py::test_a_dilation_of_100_m_reaches_100_m",),
    ),
    Mutant(
        name="inverted-mask",
        kind=Kind.MASKS,
        file="gee_scl/expressions/masks.py",
        fault="clouds stay, and what is clear is masked",
        before="image.updateMask(bad.Not())",
        after="image.updateMask(bad)",
        tests=("tests/expressions/test_masks.py::test_a_preset_masks_its_classes_and_says_so",),
    ),
    Mutant(
        name="preset",
        kind=Kind.MASKS,
        file="gee_scl/classes/mask_presets.py",
        fault="the preset cloud_and_shadow masks dark areas (2) in place of cloud shadows (3)",
        before='"cloud_and_shadow", (3, 8, 9, 10)',
        after='"cloud_and_shadow", (2, 8, 9, 10)',
        tests=("tests/classes/test_mask_presets.py::test_each_preset_shows_its_classes_where_it_is_printed",),
    ),
    Mutant(
        name="unmasked",
        kind=Kind.MASKS,
        file="gee_scl/expressions/cloud_products.py",
        fault="what Cloud Score+ or s2cloudless does not grade is filled as clear",
        before="cloud.unmask(unknown, False)",
        after="cloud.unmask(0, False)",
        tests=("tests/expressions/test_cloud_products.py::test_masking_an_image_without_partner_is_a_choice",),
    ),
    Mutant(
        name="mosaic-order",
        kind=Kind.MASKS,
        file="gee_scl/local/raster/stack.py",
        fault="the first image of a mosaic is on top",
        before="for band in reversed(layers)",
        after="for band in layers",
        tests=("tests/local/algorithms/test_image_collection.py::test_a_mosaic_has_the_last_image_on_top",),
    ),
    Mutant(
        name="nominal-area",
        kind=Kind.AREAS,
        file="gee_scl/statistics/measure.py",
        fault="every pixel has 400 square metres, whatever its true area",
        before="area = ee.Image.pixelArea()",
        after="area = ee.Image.constant(400)",
        tests=("tests/statistics/test_transitions.py::test_areas_are_sums_of_ellipsoidal_pixel_areas[sample]",),
    ),
    Mutant(
        name="sphere",
        kind=Kind.AREAS,
        file="gee_scl/local/raster/area.py",
        fault="the engine's pixels are measured on a sphere, not on the ellipsoid",
        before="_FLATTENING = 1 / 298.257223563",
        after="_FLATTENING = 1e-9",
        tests=("tests/local/algorithms/test_image.py::test_pixel_area_is_the_area_of_the_ellipsoid",),
    ),
    Mutant(
        name="transition-sides",
        kind=Kind.AREAS,
        file="gee_scl/statistics/transitions.py",
        fault="the class before and the class after change places",
        before='{"from": codes // BASE, "to": codes % BASE}',
        after='{"from": codes % BASE, "to": codes // BASE}',
        tests=(
            "tests/statistics/test_transitions.py::test_two_dates_with_clouds_and_without_data_are_numpys_crosstab",
        ),
    ),
    Mutant(
        name="occurrence",
        kind=Kind.AREAS,
        file="gee_scl/expressions/occurrence.py",
        fault="occurrence is a share of all images, not of the clear observations",
        before="count.toFloat().divide(observations)",
        after="count.toFloat().divide(ee.Image.constant(images.size()))",
        tests=("tests/expressions/test_occurrence.py::test_occurrence_is_the_share_of_clear_observations",),
    ),
    Mutant(
        name="clear-share",
        kind=Kind.AREAS,
        file="gee_scl/scenes/share_measure.py",
        fault="the clear share is of what has data, so that an image that hardly meets the region is clear",
        before="_percent(clear_area, total)",
        after="_percent(clear_area, valid_area)",
        tests=("tests/scenes/test_clear_share.py::test_what_an_image_does_not_cover_is_not_clear",),
    ),
    Mutant(
        name="class-colour",
        kind=Kind.NAMES,
        file="gee_scl/classes/class_table.py",
        fault="cirrus has ESA's colour among Earth Engine's",
        before='earth_engine_color="bac5eb"',
        after='earth_engine_color="64c8ff"',
        tests=("tests/classes/test_class_table.py::test_names_and_colours_of_earth_engine_are_those_of_the_catalogue",),
    ),
    Mutant(
        name="property-name",
        kind=Kind.NAMES,
        file="gee_scl/local/assets/products.py",
        fault="the engine's images have their cloud under the name of baseline 02.04",
        before='"CLOUDY_PIXEL_PERCENTAGE", ("eo:cloud_cover",)',
        after='"CLOUD_COVERAGE_PERCENTAGE", ("eo:cloud_cover",)',
        tests=("tests/local/assets/test_catalogue.py::test_property_values_follow_from_the_items",),
    ),
    Mutant(
        name="export-tag",
        kind=Kind.NAMES,
        file="gee_scl/exports/names.py",
        fault="every task has the default tag, so that the caller's own tag finds none",
        before="{self.name}__{self.tag}__{self.place}{self.content}",
        after="{self.name}__gee-scl__{self.place}{self.content}",
        tests=("tests/exports/test_names.py::test_a_description_tells_name_tag_and_place_again",),
    ),
    Mutant(
        name="class-lookup",
        kind=Kind.NAMES,
        file="gee_scl/classes/schemes.py",
        fault="the name of a scheme's class stands for the codes that it gathers, not for its value",
        before="own = {member.name: (member.value,) for member in self.classes}",
        after="own = {member.name: member.codes for member in self.classes}",
        tests=("tests/classes/test_schemes.py::test_classes_of_a_scheme_are_selected_by_value_and_name",),
    ),
)
"""One fault each; together they touch what a user would believe without a second look."""
