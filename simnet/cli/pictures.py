"""Drawings as files: which suffix becomes what."""

from __future__ import annotations

from simnet.views.drawing import Drawing


def painted(drawing: Drawing, suffix: str) -> bytes:
    """The content of a .svg, .png or .pdf file."""
    from simnet.views import raster, svg

    if suffix == ".png":
        return raster.png(drawing)
    if suffix == ".pdf":
        return raster.pdf(drawing)
    return svg.render(drawing).encode("utf-8")
