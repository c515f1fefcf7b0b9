"""Drawings as SVG and as pictures."""

import xml.etree.ElementTree as xml

import jax
import numpy as np
from matplotlib.image import imread

from seqnets.datasets.strokes import Drawing
from seqnets.mixture_density import mixture, width
from seqnets.plots import handwriting

DRAWING = [np.array([[0.0, 0.0], [2.0, 1.0]]), np.array([[1.0, 1.0]])]


def test_an_svg_has_every_stroke_in_its_box():
    root = xml.fromstring(handwriting.svg(DRAWING, "a < b"))
    title, path = root
    assert title.text == "a < b" and path.get("d").count("M") == 2
    _, _, wide, tall = map(float, root.get("viewBox").split())
    places = [p for p in path.get("d").replace("M", " ").replace("h0", "").split()]
    for place in places:
        x, y = map(float, place.split(","))
        assert 0 <= x <= wide and 0 <= y <= tall
    page = xml.fromstring(handwriting.svg_page([[DRAWING] * 2] * 3))
    assert len(page) == 6


def test_pictures_show_something(tmp_path):
    handwriting.draw(tmp_path / "rows.png", [[DRAWING] * 2, [DRAWING]], ["a", "b"])
    offsets = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    raw = np.random.default_rng(0).normal(size=(3, width(2))).astype("f4")
    found = jax.jit(mixture, static_argnames="least")(raw, least=0.1)
    pens = np.array([0, 1, 2])
    handwriting.density(tmp_path / "density.png", offsets, pens, found, "title")
    points = np.column_stack([offsets, pens > 0])
    phi = np.eye(3)
    handwriting.window(tmp_path / "window.png", Drawing("ab", points), phi)
    for path in tmp_path.iterdir():
        assert imread(path).std() > 0
