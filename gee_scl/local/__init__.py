"""An Earth Engine over local rasters: it speaks the REST API on loopback and imports nothing of the rest of gee_scl.

How a request becomes pixels:

1. `server` takes the HTTP request and checks host, size and form; `http.routes` is the table that says which method of
   `engine` its address means. (`http.faults` makes requests fail on demand; `counters` counts what they cost.)
2. `engine` makes a `context` (assets, limits, time) and has `graph` evaluate the expression: each node once, each call
   looked up by its name.
3. `algorithms.registry` checks the arguments against the client's own `signatures` and calls the function that is bound
   to the name, in the module of its type: "Image.add" is in `algorithms.image_math`. Most of them compute nothing yet.
4. What comes back is lazy: in `raster.image` a band is a name, a type and a source, and a source is a function from a
   `raster.grid` to values and a mask. Assets are such images too: `assets.catalogue` makes them of STAC items,
   `assets.storage` of what was exported.
5. Who needs pixels says on which grid: a request in `views.requests`, a map's tile in `views.tile_grids`, a region in
   `raster.reduction`, an export in `exports.images`. The grid is cut into tiles, which threads evaluate: each is a
   `Tile` of `raster.image`, which reads every source once.
6. At the bottom of the sources are files: `raster.files` takes a window, the nearest pixels or an overview, and
   `raster.blocks` decodes each block once for all threads.
7. Reductions stream: `raster.zones` says what each tile has of each region, by the runs of pixels of
   `raster.coverage`; `raster.reduction` reads the tiles, `raster.tally` adds up what follows from sums, for all regions
   at once, and `raster.accumulators` whatever else; no image is ever whole in memory.
8. The answer is written: values as JSON in `answers.encoder`, pixels as files in `views.media`, tables in
   `exports.tables`, all GeoTIFF files in `raster.geotiff`; `http.answers` puts it into HTTP, and `server` sends it.

`running` has the engines of a process: a folder that is opened again finds its engine, with the maps that show it.

The floors, from the top: running, server, http, engine, exports, assets and views, graph, algorithms, answers and
pictures, features and raster, context, counters and values, vector, texts and places and signatures, errors. Each
imports from those below it only, which import-linter checks. `import scipy` loads parts of scipy when they are first
used, which few requests do: importing a part by its name would have every engine wait for it.
"""
