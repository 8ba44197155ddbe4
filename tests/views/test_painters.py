"""SVG, PNG and PDF: well-formed, self-contained, the same bytes in every process."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simnet.views import ladder, raster, svg, topology
from simnet.views.drawing import Anchor, Box, Circle, Dash, Drawing, Group, Pen, Rectangle, Role, Text, Weight, line
from simnet.views.theme import DARK
from tests.views.shapes import campus_of, two_homes
from tests.views.stories import handshake, lossy

PICTURES = """
import hashlib, sys
from simnet.views import dot, ladder, mermaid, raster, svg, text_ladder, topology
from tests.views.shapes import campus_of, mesh_of, two_homes
from tests.views.stories import flooding, handshake, lossy
digest = hashlib.sha256()
for network in (two_homes(), campus_of(50), mesh_of(30)):
    drawing = topology.draw(network)
    digest.update((svg.render(drawing) + dot.network(network) + mermaid.network(network)).encode())
for story in (handshake, lossy, flooding):
    digest.update((svg.render(ladder.draw(story())) + mermaid.ladder(story())).encode())
    digest.update(text_ladder.draw(story()).encode())
drawing = ladder.draw(lossy())
digest.update(raster.png(drawing) + raster.pdf(drawing))
print(digest.hexdigest())
"""


def sampler() -> Drawing:
    shapes = (
        Rectangle(Box(5, 5, 60, 40), 6, Pen(Role.HOST, 1.5), Role.HOST_FILL),
        Circle(100, 50, 20, Pen(Role.ROUTER, 2, Dash.DASHED)),
        Text(100, 53, '<a> & "b" \x07', 10, Role.INK, Anchor.MIDDLE, Weight.BOLD, 10, Role.PAPER),
        Group((line(10, 90, 190, 80, Pen()),), 'name "quoted"', "title <b>"),
    )
    return Drawing(200, 100, "A <title> & more", "A description", shapes)


def test_svg_is_xml_with_title_and_description() -> None:
    root = ElementTree.fromstring(svg.render(sampler()))
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "A <title> & more"
    assert root.findtext(f"{space}desc") == "A description"
    assert root.get("role") == "img"
    assert root.find(f"{space}text").text == '<a> & "b" \N{REPLACEMENT CHARACTER}'  # type: ignore[union-attr]


def test_svg_fetches_nothing() -> None:
    for drawing in (topology.draw(two_homes()), ladder.draw(lossy())):
        text = svg.render(drawing)
        assert re.findall(r"https?://[^\"<]+", text) == ["http://www.w3.org/2000/svg"]
        assert not re.search(r"href|url\(|@import|<script|<style|<image", text)


def test_svg_numbers_are_short() -> None:
    assert [svg.number(value) for value in (1.0, 0.126, -0.001, 12.5, 100)] == ["1", "0.13", "0", "12.5", "100"]


def test_a_theme_colors_everything() -> None:
    colors = set(re.findall(r"#[0-9a-f]{6}", svg.render(topology.draw(two_homes()), DARK)))
    assert colors <= set(DARK.values())


def test_png_opens_with_the_right_size() -> None:
    from PIL import Image

    picture = Image.open(io.BytesIO(raster.png(sampler(), dots_per_inch=144)))
    assert picture.size == (400, 200)
    assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert picture.convert("RGB").getpixel((60, 50)) == (0xE6, 0xF0, 0xFA)
    assert "Software" not in picture.info


def test_pdf_has_one_page_of_the_pictures_size_and_no_date() -> None:
    data = raster.pdf(sampler())
    assert data.startswith(b"%PDF-")
    assert b"/MediaBox [ 0 0 200 100 ]" in data
    assert b"CreationDate" not in data and b"Producer" not in data


@pytest.mark.slow
def test_the_same_bytes_in_another_process_with_another_hash_seed(project: Path) -> None:
    digests = set()
    for seed in ("1", "4242"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(project)}
        done = subprocess.run(
            [sys.executable, "-c", PICTURES], env=environment, cwd=project, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert len(hashlib.sha256().hexdigest()) == len(digests.pop())


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_renders_the_svg(tmp_path: Path) -> None:
    from PIL import Image

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    drawing = topology.draw(campus_of(20))
    source, target = tmp_path / "picture.svg", tmp_path / "picture.png"
    source.write_text(svg.render(drawing), "utf-8")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                chromium, "--headless",
                "--no-first-run",
                "--disable-dev-shm-usage", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
                f"--screenshot={target}", "--window-size=1400,1400", source.as_uri(),
            ],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
    colors = {color for _, color in Image.open(target).convert("RGB").getcolors(1 << 24) or []}
    assert (0x17, 0x66, 0x4F) in colors  # a switch
    assert (0xE6, 0xF0, 0xFA) in colors  # a host
    assert len(colors) > 50


def test_importing_views_is_light(project: Path) -> None:
    code = """
import pkgutil, sys
import simnet.views
for module in pkgutil.iter_modules(simnet.views.__path__):
    __import__(f"simnet.views.{module.name}")
heavy = {"matplotlib", "networkx", "rich", "numpy", "scapy", "asyncio"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ladders_draw_in_both_themes() -> None:
    assert svg.render(ladder.draw(handshake())) != svg.render(ladder.draw(handshake()), DARK)
