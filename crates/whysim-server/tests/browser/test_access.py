"""The page for everybody: axe-core finds nothing, no screen is too narrow, light and dark follow the reader."""

import re
from pathlib import Path
from urllib.parse import urlencode

import axe_playwright_python
import pytest
from playwright.sync_api import expect

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PAIR = "#" + urlencode({"a": "The cat sat on the mat.", "b": "A kitten rests on a rug."})
SCHEMES = ["light", "dark"]


def violations(page):
    page.tab.evaluate(AXE)
    found = page.tab.evaluate("axe.run(document, { preload: false }).then((result) => result.violations)")
    return [(one["id"], node["html"][:200], node["failureSummary"]) for one in found for node in one["nodes"]]


def long_texts(page):
    with page.tab.expect_response("**/explain"):
        page.tab.get_by_role("button", name="Long texts").click()
    return page.answered()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_wrong(visit, scheme):
    page = visit(PAIR, scheme=scheme).answered()
    assert violations(page) == []
    page.one(".ws-view").get_by_text("interaction").click()
    page.one(".ws-table summary").click()
    page.one(".glossary summary").click()
    page.one(".term summary").first.click()
    page.one('[data-side="a"] .ws-row').nth(2).click()
    assert violations(page) == []
    page.one("#b").fill("")
    expect(page.one("#error-b")).not_to_be_empty()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_wrong_in_long_texts_and_passages(visit, scheme):
    page = long_texts(visit(scheme=scheme).answered())
    assert violations(page) == []
    page.one(".ws-top button").first.click()
    page.one(".ws-into").click()
    assert violations(page) == []
    page.tab.get_by_role("radio", name="A query and passages").check()
    expect(page.one(".ws-hit")).to_have_count(3)
    assert violations(page.answered()) == []


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_no_page_is_wider_than_its_window(visit, width):
    page = visit(PAIR, width=width).answered()
    fits(page, width)
    page.one(".term summary").last.click()
    page.one(".glossary summary").click()
    page.one(".ws-table summary").click()
    fits(page, width)
    long_texts(page)
    for unit in page.one(".ws-unit").all():
        unit.click()
        fits(page, width)
    page.ask(a="unbreakable" * 60).answered()
    fits(page, width)
    page.tab.get_by_role("radio", name="A query and passages").check()
    expect(page.one(".ws-hit")).to_have_count(3)
    fits(page, width)


def fits(page, width):
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width


def test_light_and_dark_follow_the_system_until_somebody_chooses(visit):
    page = visit(PAIR, scheme="light").answered()
    ground = lambda: page.one(".whysim").evaluate("(root) => [root.dataset.theme, getComputedStyle(root).backgroundColor]")
    assert ground() == ["light", "rgb(255, 255, 255)"]
    page.tab.emulate_media(color_scheme="dark")
    expect(page.one(".whysim")).to_have_attribute("data-theme", "dark")
    assert ground()[1] == "rgb(21, 24, 30)"
    page.one(".theme").click()
    expect(page.one(".whysim")).to_have_attribute("data-theme", "light")
    page.tab.reload()
    page.answered()
    assert ground() == ["light", "rgb(255, 255, 255)"]


def test_everything_is_reached_by_keys(visit):
    page = visit(PAIR).answered()
    reached = []
    for _ in range(60):
        page.tab.keyboard.press("Tab")
        focus = page.tab.evaluate("[document.activeElement.id, document.activeElement.className, document.activeElement.textContent.slice(0, 20)]")
        reached.append(" ".join(focus))
    text = "\n".join(reached)
    for wanted in ["^a ", "^b ", "^layer ", "^model ", "ws-view", "ws-unit", "ws-row", "ws-map", "To the result", "PNG", "theme"]:
        assert re.search(wanted, text, re.M), wanted


def test_the_servers_own_api_can_be_read(visit):
    page = visit()
    page.tab.goto(page.tab.url.split("#")[0] + "docs")
    paths = page.tab.request.get(page.tab.url.replace("docs", "openapi.json")).json()["paths"]
    expect(page.one(".operation")).to_have_count(sum(map(len, paths.values())))
    assert "null" not in page.one("table").all_inner_texts()
    explain = page.one("#post-explain").inner_text()
    assert re.search(r"by\s+\"token\" \| \"word\" \| \"sentence\"", explain)
    page.one("#post-explain").get_by_role("link", name="Errors").click()
    assert "429" in page.one("dl").last.inner_text()
    for scheme in SCHEMES:
        page.tab.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.tab.set_viewport_size({"width": 360, "height": 800})
    fits(page, 360)


def test_the_api_can_be_read(visit):
    page = visit()
    answer = {"description": "The scores.", "content": {"application/json": {"example": {"scores": [0.5]}}}}
    body = {"schema": {"$ref": "#/components/schemas/Ask"}, "example": {"a": "it's", "b": "B"}}
    operation = {
        "summary": "How similar `a` and `b` are",
        "requestBody": {"content": {"application/json": body}},
        "responses": {"200": answer, "422": {"description": "<img src=x onerror=alert(1)>"}},
    }
    schema = {
        "required": ["a"],
        "properties": {
            "a": {"type": "string", "description": "A text."},
            "b": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "similarity": {"enum": ["cos", "dot"], "default": "cos"},
        },
    }
    api = {
        "info": {"title": "whysim", "version": "1"},
        "paths": {"/similarity": {"post": operation}, "/health": {"get": {"responses": {}}}},
        "components": {"schemas": {"Ask": schema}},
    }
    page.tab.route("**/openapi.json", lambda route: route.fulfill(json=api))
    page.tab.goto(page.tab.url.split("#")[0] + "docs#post-similarity")
    expect(page.one(".operation")).to_have_count(2)
    rows = page.one("tbody tr")
    assert rows.nth(0).text_content() == "astringyesA text."
    assert "string or list of strings" in rows.nth(1).text_content()
    assert '"cos" | "dot"' in rows.nth(2).text_content()
    assert "it'\\''s" in page.one("pre").first.text_content()
    assert page.one("main img").count() == 0
    for scheme in SCHEMES:
        page.tab.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.tab.set_viewport_size({"width": 360, "height": 800})
    fits(page, 360)
