"""Styled Layer Descriptors: expected colours by hand, and those of the package's own classes."""

from __future__ import annotations

import ee
import numpy as np
import pytest
from affine import Affine

import gee_scl
from gee_scl.local.errors import EvaluationError, NotCoveredError
from gee_scl.local.values import PixelType
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import byte, joined, real, row, sheet
from tests.support.pixels import Window, read

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
ENTRIES = (
    '<ColorMapEntry color="#ff0000" quantity="0" label="&lt; 0"/>'
    '<ColorMapEntry color="#00ff00" quantity="100"/>'
    '<ColorMapEntry color="#0000ff" quantity="200"/>'
)


def colour_map(kind: str, entries: str = ENTRIES) -> str:
    return f'<RasterSymbolizer><ColorMap type="{kind}" extended="false">{entries}</ColorMap></RasterSymbolizer>'


def styled(values, sld, image=None):
    shown = call("Image.sldStyle", input=image or real([values]), sldXml=sld)
    assert shown.names == ["vis-red", "vis-green", "vis-blue"]
    channels = [row(shown, len(values), band) for band in shown.names]
    return [None if c[0] is None else c for c in zip(*channels, strict=True)]


def test_values_are_exact_and_the_others_are_not_drawn():
    assert styled([0, 100, 100.5, 200, np.nan], colour_map("values")) == [RED, GREEN, None, BLUE, None]


def test_intervals_end_before_their_quantity():
    assert styled([-5, 0, 99, 100, 199.9, 200], colour_map("intervals")) == [RED, GREEN, GREEN, BLUE, BLUE, None]


def test_a_ramp_is_linear_between_quantities_and_level_outside():
    assert styled([-5, 0, 60, 100, 175, 900], colour_map("ramp")) == [
        RED, RED, (102, 153, 0), GREEN, (0, 64, 191), BLUE
    ]  # fmt: skip


def test_a_ramp_is_what_a_colour_map_is_by_default():
    assert styled([60], colour_map("ramp").replace(' type="ramp"', "")) == [(102, 153, 0)]


def test_only_an_opacity_of_zero_counts():
    entries = ENTRIES.replace('quantity="0"', 'quantity="0" opacity="0"').replace(
        'quantity="100"', 'quantity="100" opacity="0.3"'
    )
    assert styled([0, 100, 200], colour_map("values", entries)) == [None, GREEN, BLUE]
    hidden = colour_map("values").replace("<ColorMap ", "<Opacity>0.0</Opacity><ColorMap ")
    assert styled([0, 100], hidden) == [None, None]


def test_a_whole_document_with_namespaces_is_read():
    sld = (
        '<?xml version="1.0" encoding="UTF-8"?><StyledLayerDescriptor version="1.0.0" '
        'xmlns="http://www.opengis.net/sld"><NamedLayer><Name>x</Name><UserStyle><FeatureTypeStyle><Rule>'
        + colour_map("values")
        + "</Rule></FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"
    )
    assert styled([100], sld) == [GREEN]


def channel(name, source, inner=""):
    return f"<{name}><SourceChannelName>{source}</SourceChannelName>{inner}</{name}>"


def test_channels_are_selected_by_name_or_number():
    image = joined(byte([[10]], name="a"), byte([[20]], name="2"), byte([[30]], name="c"))
    selection = channel("RedChannel", "c") + channel("GreenChannel", "2") + channel("BlueChannel", "1")
    sld = f"<RasterSymbolizer><ChannelSelection>{selection}</ChannelSelection></RasterSymbolizer>"
    assert styled([0], sld, image) == [(30, 20, 10)]
    grey = f"<RasterSymbolizer><ChannelSelection>{channel('GrayChannel', '3')}</ChannelSelection></RasterSymbolizer>"
    shown = call("Image.sldStyle", input=image, sldXml=grey)
    assert (shown.names, row(shown, 1)) == (["vis-gray"], [30])


def test_without_selection_three_bands_are_colours_and_fewer_are_grey():
    image = joined(*(byte([[n]], name=str(n)) for n in (10, 20, 30, 40)))
    assert styled([0], "<RasterSymbolizer/>", image) == [(10, 20, 30)]
    assert row(call("Image.sldStyle", input=byte([[7]]), sldXml="<RasterSymbolizer/>"), 1) == [7]


def test_gamma_above_one_brightens():
    gamma = "<ContrastEnhancement><GammaValue>2</GammaValue></ContrastEnhancement>"
    image = real([[0.25]]).with_bands([sheet([[0.25]], kind=PixelType("float"))])
    shown = call("Image.sldStyle", input=image, sldXml=f"<RasterSymbolizer>{gamma}</RasterSymbolizer>")
    assert row(shown, 1) == [128]


@pytest.mark.parametrize(
    ("sld", "text"),
    [
        ("<RasterSymbolizer>", "no well-formed XML"),
        ("", "no well-formed XML"),
        ("<a/>", "Exactly one RasterSymbolizer is required, found 0"),
        ("<a><RasterSymbolizer/><RasterSymbolizer/></a>", "found 2"),
        (colour_map("steps"), "values, intervals, ramp, not 'steps'"),
        (colour_map("values", ""), "no ColorMapEntry"),
        (colour_map("values", '<ColorMapEntry quantity="1"/>'), "needs the attribute 'color'"),
        (colour_map("values", '<ColorMapEntry color="#f00"/>'), "needs the attribute 'quantity'"),
        (colour_map("values", '<ColorMapEntry color="reddish" quantity="1"/>'), "Invalid color 'reddish'"),
        (colour_map("values", '<ColorMapEntry color="#f00" quantity="many"/>'), "quantity must be a number"),
        (colour_map("values", '<ColorMapEntry color="#f00" quantity="nan"/>'), "quantity must be a number"),
        ("<RasterSymbolizer><ChannelSelection/></RasterSymbolizer>", "needs a GrayChannel"),
        (
            f"<RasterSymbolizer><ChannelSelection>{channel('GrayChannel', 'B99')}</ChannelSelection>"
            "</RasterSymbolizer>",
            r"No band named 'B99'\. Available band names: \[B4\]",
        ),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><RasterSymbolizer>&b;</RasterSymbolizer>',
            "must not have a document type or entities",
        ),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><RasterSymbolizer/>', "must not have a document type"),
    ],
)
def test_what_is_no_style_is_refused(sld, text):
    with pytest.raises(EvaluationError, match=text):
        call("Image.sldStyle", input=real([[1]]), sldXml=sld)


@pytest.mark.parametrize("enhancement", ["Normalize", "Histogram", "Logarithmic"])
def test_a_stretch_by_statistics_is_not_covered_and_says_so(enhancement):
    sld = f"<RasterSymbolizer><ContrastEnhancement><{enhancement}/></ContrastEnhancement></RasterSymbolizer>"
    with pytest.raises(NotCoveredError, match=rf"{enhancement} is not covered by the local engine.*Image\.visualize"):
        call("Image.sldStyle", input=real([[1]]), sldXml=sld)


@pytest.mark.parametrize("scheme", ["scl", "esa"])
def test_the_packages_own_style_draws_as_its_own_colours(sample_session, scheme):
    image = ee.Image(gee_scl.collection().first())
    projection = image.select("SCL").projection().getInfo()
    window = Window(projection["crs"], Affine(*projection["transform"]) @ Affine.translation(40, 40), 300, 300)
    styled = read(image.sldStyle(gee_scl.SCHEMES[scheme].sld()), window)
    drawn = read(gee_scl.visualize(image, scheme), window)
    assert list(styled) == list(drawn)
    for name, pixels in drawn.items():
        assert len(np.unique(pixels.compressed())) > 2
        np.testing.assert_array_equal(styled[name].mask, pixels.mask)
        np.testing.assert_array_equal(styled[name].compressed(), pixels.compressed())
