"""Ground floor: tunes as data. Every module of this package is one idea; none imports from above."""
