"""The table of presets, and its comparison with what others mask."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

import gee_scl
from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, BandClasses
from gee_scl.classes.class_table import GROUPS, SCL_CODES
from gee_scl.classes.mask_presets import MASK_PRESETS, PEER_DEFAULTS, MaskPreset, mask_table, masked_codes
from gee_scl.classes.selection import SCL_LABELS, class_codes
from gee_scl.options.names import name_key
from tests.classes.world_cover import WORLD_COVER

SCL = BandClasses.of(SCL_BY_DEFAULT, "SCL")


def test_each_preset_shows_its_classes_where_it_is_printed() -> None:
    assert repr(MASK_PRESETS["cloud_and_shadow"]) == (
        "<MaskPreset 'cloud_and_shadow' masks 3 Cloud Shadows, 8 Clouds Medium Probability, "
        "9 Clouds High Probability, 10 Cirrus>"
    )
    for preset in MASK_PRESETS.values():
        assert repr(preset) in repr(MASK_PRESETS)


def test_the_table_of_presets_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        MASK_PRESETS["mine"] = MASK_PRESETS["cloud"]  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        MASK_PRESETS["cloud"].codes = (1,)  # type: ignore[misc]


def test_presets_that_are_named_for_what_stays_mask_all_else() -> None:
    assert MASK_PRESETS["cautious"].codes == tuple(sorted(set(SCL_CODES) - set(GROUPS["clear"])))
    assert MASK_PRESETS["not_land"].codes == tuple(sorted(set(SCL_CODES) - set(GROUPS["land"])))


def test_the_cloud_presets_each_mask_more_than_the_one_before() -> None:
    names = ["high_cloud", "thick_cloud", "cloud", "cloud_and_shadow", "standard", "cautious", "not_land"]
    assert list(MASK_PRESETS) == names
    for less, more in itertools.pairwise(names):
        assert set(MASK_PRESETS[less].codes) < set(MASK_PRESETS[more].codes)


def test_a_preset_of_ones_own_takes_names_and_groups() -> None:
    assert MaskPreset("mine", ("cloud", "Cloud Shadows", 1)).codes == (1, 3, 8, 9, 10)  # type: ignore[arg-type]
    with pytest.raises(gee_scl.ClassError, match="Did you mean 'cloud'"):
        MaskPreset("mine", ("clouds",))  # type: ignore[arg-type]
    with pytest.raises(gee_scl.ClassError, match="at least one"):
        MaskPreset("mine", ())


def test_a_preset_is_found_by_its_name_and_a_wrong_name_by_its_likeness() -> None:
    assert masked_codes("Cloud and shadow", SCL) == ("cloud_and_shadow", (3, 8, 9, 10))
    assert masked_codes(MaskPreset("mine", (9,)), SCL) == ("mine", (9,))
    with pytest.raises(gee_scl.ArgumentError, match=r"allowed: .*standard.*Did you mean 'standard'\?"):
        masked_codes("standart", SCL)
    with pytest.raises(gee_scl.ArgumentError, match="mask: got 12"):
        masked_codes(12, SCL)
    with pytest.raises(gee_scl.ArgumentError, match="mask: got None"):
        masked_codes(None, SCL)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mask", "codes"), [(9, (9,)), ("water", (6,)), (["cloud", "Cloud Shadows", 1], (1, 3, 8, 9, 10)), ("land", (4, 5))]
)
def test_classes_are_a_preset_without_a_name(mask: object, codes: tuple[int, ...]) -> None:
    assert masked_codes(mask, SCL) == ("", codes)  # type: ignore[arg-type]


def test_a_preset_is_of_the_scl_and_a_class_of_the_scheme_comes_first() -> None:
    cloud = BandClasses.of("cloud", "SCL")
    assert masked_codes("cloud", cloud) == ("", (8, 9)), "the scheme knows cirrus from cloud"
    assert masked_codes("standard", cloud) == ("standard", (1, 3, 8, 9, 10))
    other = BandClasses.of(WORLD_COVER, "Map")
    assert masked_codes(["Cropland", 10], other) == ("", (10, 40))
    for preset in ("standard", MASK_PRESETS["standard"]):
        with pytest.raises(gee_scl.ClassError, match="scheme 'worldcover'"):
            masked_codes(preset, other)
        with pytest.raises(gee_scl.SchemeError, match=r"Scheme\.of\(image, 'Map'\)"):
            masked_codes(preset, BandClasses.of(SCL_BY_DEFAULT, "Map"))


def test_a_preset_that_is_called_like_classes_masks_these_and_no_others() -> None:
    both = [name for name in MASK_PRESETS if name_key(name) in map(name_key, SCL_LABELS)]
    assert both == ["thick_cloud", "cloud"]
    for name in both:
        assert MASK_PRESETS[name].codes == class_codes(name)


def test_a_name_of_neither_is_answered_with_the_nearest_of_both() -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"a preset \(.*\) or classes\. Did you mean 'water'\?"):
        masked_codes("watr", SCL)


def test_the_table_compares_every_preset_and_every_peer() -> None:
    table = mask_table()
    assert list(table.index) == [*MASK_PRESETS, *(peer.name for peer in PEER_DEFAULTS)]
    assert list(table.columns) == [*SCL_CODES, "preset", "differs_by", "note", "source"]
    listed = {name: tuple(code for code in SCL_CODES if row[code]) for name, row in table.iterrows()}
    assert listed == {p.name: p.codes for p in [*MASK_PRESETS.values(), *PEER_DEFAULTS]}
    for name in MASK_PRESETS:
        assert (table["preset"][name], table["differs_by"][name]) == (name, "")


def test_what_peers_mask_follows_from_a_preset_and_the_difference() -> None:
    table = mask_table()
    for peer in PEER_DEFAULTS:
        if not peer.codes:
            assert table["preset"][peer.name] == ""
            continue
        codes = set(MASK_PRESETS[table["preset"][peer.name]].codes)
        for step in table["differs_by"][peer.name].split():
            codes ^= {int(step[1:])}
        assert codes - {0} == set(peer.codes) - {0}
    assert table["differs_by"]["openEO, mask_scl_dilation"] == "+11"


def test_every_peer_says_where_its_default_was_read() -> None:
    assert all(peer.url.startswith("https://") and peer.note for peer in PEER_DEFAULTS)
    assert len({peer.name for peer in PEER_DEFAULTS}) == len(PEER_DEFAULTS)
