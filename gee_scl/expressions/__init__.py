"""Images in, images out: masks, morphology, remaps, composites, occurrence, quality, change. None asks a server.

It imports `scenes` and what lies below.
"""
