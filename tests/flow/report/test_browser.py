"""The page in a real browser; skipped where none is installed."""

import pytest

from shiftconv.flow.report.page import report_page
from tests.flow.report.browser import chromium, open_browser
from tests.flow.report.designs import full_folder, nasty_folder

PHONE, DESKTOP = 390, 1280


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = chromium()
    if program is None:
        pytest.skip("no Chromium is installed; Debian's package is called chromium")
    with open_browser(program, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(params=[full_folder, nasty_folder])
def page(request, tmp_path):
    manifest = request.param(tmp_path / "it")
    path = tmp_path / "report.html"
    path.write_text(report_page(tmp_path / "it", manifest))
    return path


def test_page(browser, page):
    """Nothing is asked for but the file, nothing is complained of, nothing sticks out."""
    del browser.requests[:], browser.complaints[:]
    for width in (PHONE, DESKTOP):
        browser.open(page, width=width)
        assert browser.value("innerWidth") == width
        assert browser.value("document.documentElement.scrollWidth") <= width
        # What is wider than the window scrolls in its own box.
        assert browser.value(
            "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll *') && "
            "e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML)"
        ) == []  # fmt: skip
        assert browser.value("document.scripts.length") == 0
    assert {address for address in browser.requests if not address.startswith("data:")} == {
        page.as_uri()
    }
    assert browser.complaints == []


def test_pictures_are_drawn(browser, tmp_path):
    (tmp_path / "r.html").write_text(report_page(tmp_path / "it", full_folder(tmp_path / "it")))
    browser.open(tmp_path / "r.html", width=DESKTOP)
    sizes = "[...document.images].map(i => [i.complete, i.naturalWidth, i.naturalHeight])"
    assert browser.value(sizes) == [[True, 6, 6]] * 3
    # The busiest stage's bar is as long as its track.
    assert browser.value(
        "[...document.querySelector('.net g:nth-of-type(2)').querySelectorAll('rect')]"
        ".slice(1).map(r => r.getBoundingClientRect().width)"
    ) == [244, 244]  # fmt: skip


def test_light_and_dark(browser, page):
    grounds = {}
    for scheme in ("light", "dark"):
        browser.open(page, width=DESKTOP, scheme=scheme)
        grounds[scheme] = browser.value("getComputedStyle(document.body).backgroundColor")
    assert grounds == {"light": "rgb(246, 247, 249)", "dark": "rgb(18, 21, 26)"}


def test_the_browser_would_tell(browser, tmp_path):
    """A page that does what ours must not do."""
    (tmp_path / "bad.html").write_text(
        '<img src="http://127.0.0.1:9/x.png"><script>console.log("hello")</script>'
        '<p style="width: 2000px">wide</p>'
    )
    del browser.requests[:], browser.complaints[:]
    browser.open(tmp_path / "bad.html", width=DESKTOP)
    assert "http://127.0.0.1:9/x.png" in browser.requests
    assert any("hello" in complaint for complaint in browser.complaints)
    assert browser.value("document.documentElement.scrollWidth") > DESKTOP
