"""Earth Engine's algorithms, one module per type, each function bound to its full name.

Here belongs what binds a name, such as "Image.reduceRegion", to its evaluation, and checks arguments; what computes
pixels stands in `raster`, what draws in `pictures`, what filters in `features`. It imports these and what is
below them.
"""

from gee_scl.local.algorithms import (  # noqa: F401 - what a module registers is called by its name
    collection,
    date,
    dictionary,
    element,
    feature,
    filter,
    geometry,
    geometry_constructors,
    image,
    image_bands,
    image_collection,
    image_expression,
    image_frames,
    image_mask,
    image_math,
    image_neighbourhood,
    image_objects,
    image_projection,
    image_sampling,
    join,
    kernel,
    list,
    number,
    pictures,
    pixel_type,
    profile,
    projection,
    reducer,
    reduction,
    string,
)
