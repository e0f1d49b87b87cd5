"""A compiler of another release than the distribution's, built from the npm registry's sources.

That takes some four minutes and 350 MB of /tmp, once: the result stays in a cache folder.
"""
