"""What a code means: the class table, groups, schemes, palettes and presets. Facts, which ask no server.

The one exception is `Scheme.of`, which looks at an image for the classes that it carries. The room imports `errors`,
`options` and, for that, `requests`.
"""
