"""What a code means: the class table, groups, schemes, palettes and presets. Pure facts: nothing here asks a server.

It imports `errors` and `options`.
"""
