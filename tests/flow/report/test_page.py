"""The page: complete, well formed, self-contained, the same every time, readable colours."""

import re
from html.parser import HTMLParser

import pytest

from shiftconv.flow.report.page import report_page
from shiftconv.flow.results import keep_result
from shiftconv.target import Target
from tests.flow.report.designs import (
    NASTY,
    component_manifest,
    full_folder,
    nasty_folder,
    plain_folder,
)

VOID = {"meta", "link", "br", "img"}


class Checker(HTMLParser):
    """Asserts that tags match, that identities are unique, that nothing points outside."""

    def __init__(self):
        super().__init__()
        self.open, self.identities, self.tags, self.text = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("src", "href"):
                assert value.startswith("data:")
            if name == "id":
                assert value not in self.identities
                self.identities.add(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def words(self):
        return " ".join("".join(self.text).split())


def read(page):
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert not checker.open
    assert "script" not in checker.tags
    for address in re.findall(r"\b\w+://[^\s<]+|@import|url\([^#)]+\)", page):
        pytest.fail(f"The page points to {address}")
    for identity in re.findall(r'(?:aria-labelledby="|url\(#)([\w-]+)', page):
        assert identity in checker.identities
    return checker


def test_all_that_is_known(tmp_path):
    manifest = full_folder(tmp_path / "it")
    page = report_page(tmp_path / "it", manifest)
    checker = read(page)
    for words in (
        "Every value equals the golden model's: 60 values of 20 images, compiled engine.",
        "7 of 60 values differ from the golden model's of 20 images, netlist ecp5 engine.",
        "1,944 cycles a frame measured, 1,944 planned",
        "1,234 values of 10 images at 4 places",
        "91.25 % top-1 on 500 images with gsnq weights of at most 4 bits",
        "✓ 1", "✗ 0, is 1", "not golden", "61.5 MHz on ulx3s_85f", "25,720 frames a second",
        "1,200 of 83,640", "link.b: 10.0 ns, 62 %", "compute: 600.0, 60 %", "31.4",
        "shiftconv pnr.ulx3s_85f it", "nextpnr 0.9", "streams, guard", "zcu102", "6×6×3",
    ):  # fmt: skip
        assert words in checker.words, words
    assert "yet" not in checker.words
    assert (checker.tags.count("img"), checker.tags.count("marker")) == (3, 1)


def test_what_is_missing_names_its_command(tmp_path):
    folder = tmp_path / "it is"
    words = read(report_page(folder, plain_folder(folder))).words
    for command in ("synth", "simulate", "diff", "evaluate", "pnr", "energy"):
        data = {"synth": "", "pnr": " --board BOARD"}.get(command, " --data IMAGES")
        assert f"shiftconv {command} '{folder}'{data} finds it out." in words
    assert "says nothing of its quantization noise" in words


def test_no_clock_where_no_tool_is(tmp_path):
    manifest = plain_folder(tmp_path / "it", Target(family="xcup"))
    words = read(report_page(tmp_path / "it", manifest)).words
    assert "There is no open place and route for xcup; a design for one of ecp5" in words
    assert "shiftconv pnr" not in words


def test_no_difference_between_the_stages_is_hidden(tmp_path):
    manifest = plain_folder(tmp_path / "it")
    finding = {"layer": "dense3", "place": "output", "what": "5 instead of 4"}
    result = {"command": "c", "tool_versions": {}, "images": 1, "places": 2, "values": 3}
    keep_result(tmp_path / "it", manifest, "diff", {**result, "finding": finding})
    words = read(report_page(tmp_path / "it", manifest)).words
    assert "dense3, output: 5 instead of 4, the first difference" in words


def test_names_are_text(tmp_path):
    manifest = nasty_folder(tmp_path / "it")
    result = {"command": f"shiftconv {NASTY}", "tool_versions": {"yosys": NASTY}}
    keep_result(tmp_path / "it", manifest, "generate", result)
    checker = read(report_page(tmp_path / "it", manifest))
    assert f"{NASTY}0" in checker.words
    assert f"shiftconv {NASTY}" in checker.words
    assert "49" not in re.findall(r"\w+", checker.words)


def test_a_component(tmp_path):
    page = report_page(tmp_path, component_manifest())
    words = read(page).words
    assert "A bare component: svpe. Design 0123456789ab" in words
    assert '>lanes</th><td class="left">2</td>' in page
    assert "Place and route takes whole networks." in words


def test_the_same_folder_gives_the_same_page(tmp_path):
    manifest = full_folder(tmp_path / "it")
    page = report_page(tmp_path / "it", manifest)
    assert page == report_page(tmp_path / "it", manifest)


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """Of the Web Content Accessibility Guidelines."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast(tmp_path):
    """4.5 for text and 3 for graphics, which is level AA, in both schemes."""
    page = report_page(tmp_path / "it", plain_folder(tmp_path / "it"))
    schemes = [
        dict(re.findall(r"--(\w+): (#\w{6})", block))
        for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    ]
    assert len(schemes) == 2
    for colours in schemes:
        for text in ("text", "muted", "good", "bad"):
            for ground in ("back", "card", "code"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for graphic in ("one", "two", "three", "four"):
            for ground in ("card", "track"):
                assert contrast(colours[graphic], colours[ground]) >= 3, (graphic, ground)
