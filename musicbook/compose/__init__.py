"""Machines that compose. Sees ``musicbook.music`` and nothing else of the package."""
