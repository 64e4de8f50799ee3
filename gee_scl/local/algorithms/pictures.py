"""What is drawn and shown, bound to its names: features, painted geometries, stretches, palettes and styles."""

from __future__ import annotations

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.pictures.hsv import hsv_to_rgb, rgb_to_hsv
from gee_scl.local.pictures.layer_descriptors import sld_style
from gee_scl.local.pictures.styles import draw, style
from gee_scl.local.pictures.visualization import visualize
from gee_scl.local.raster.strokes import paint

algorithm("Collection.draw")(draw)
algorithm("Collection.style")(style)
algorithm("Image.paint")(paint)
algorithm("Image.visualize")(visualize)
algorithm("Image.sldStyle")(sld_style)
algorithm("Image.rgbToHsv")(rgb_to_hsv)
algorithm("Image.hsvToRgb")(hsv_to_rgb)
