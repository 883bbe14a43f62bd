"""What goes wrong is said where it is, and nothing that is typed becomes a part of the page."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

EVIL = [
    "<img src=x onerror=\"document.title='caught'\">",
    "</script><script>document.title='caught'</script>",
    "\"'><svg onload=document.title='caught'> & {{data}} ${1} `x`",
    "שלום עולם 123 مرحبا \u202eevil\u202c",
    "👩‍👩‍👧‍👦 family 🇺🇳 e\u0301 ﷽ \u0000\u0007",
    "<style>*{display:none}</style><a href=javascript:alert(1)>link</a>",
]


def test_an_empty_text_is_said_beside_it(visit):
    page = visit().answered()
    page.one("#b").fill("  ")
    expect(page.one("#error-b")).to_contain_text("nothing in text B")
    expect(page.one("#b")).to_have_attribute("aria-invalid", "true")
    # What is left of the last answer cannot be taken for one to this.
    expect(page.one(".answer")).to_have_class(re.compile("stale"))
    expect(page.one(".copies")).to_be_hidden()
    page.ask(b="Something.").answered()
    expect(page.one("#error-b")).to_be_empty()
    assert page.one("#b").get_attribute("aria-invalid") is None


def test_a_text_that_is_too_long_is_said_with_the_limit(visit, start):
    page = visit(url=start("--max-token-pairs", "200").url).answered()
    page.one("#b").fill("far too many words " * 40)
    expect(page.one("#error-b")).to_contain_text("this server explains 200 in one request")
    page.one("#b").fill("few words")
    page.answered()


def test_a_body_that_is_too_large_is_said(visit, start):
    page = visit(url=start("--max-body", "2000").url).answered()
    page.one("#a").fill("word " * 1000)
    expect(page.one(".failure p")).to_contain_text("larger than the 2000 bytes")


def test_a_key_is_asked_for_and_kept_for_the_tab(visit, start):
    server = start(key="open-sesame")
    page = visit(url=server.url)
    expect(page.one(".key")).to_be_visible()
    expect(page.one(".ask")).to_be_hidden()
    page.one("#key").fill("sésame")
    page.tab.keyboard.press("Enter")
    expect(page.one("#error-key")).to_contain_text("of ASCII")
    page.one("#key").fill("wrong")
    page.tab.keyboard.press("Enter")
    expect(page.one("#error-key")).to_contain_text("does not know this key")
    page.one("#key").fill("open-sesame")
    page.tab.keyboard.press("Enter")
    page.answered()
    expect(page.one(".key")).to_be_hidden()
    page.tab.reload()
    page.answered()
    assert page.tab.evaluate("[localStorage.length, document.cookie, location.href.includes('sesame')]") == [0, "", False]
    # Another tab is asked again.
    expect(visit(url=server.url).one(".key")).to_be_visible()


def test_a_model_that_is_not_there_is_said_beside_the_models(visit):
    page = visit("#" + urlencode({"a": "One.", "b": "Two.", "model": "<b>no such model</b>"}))
    expect(page.one("#error-model")).to_contain_text("<b>no such model</b>")
    page.one("#model").select_option("minilm-exact")
    page.answered()


def test_a_busy_server_is_asked_again(visit):
    page = visit().answered()
    refused = []

    def busy(route):
        if refused:
            return route.continue_()
        refused.append(route)
        error = {"message": "busy", "type": "rate_limit_error", "param": None, "code": "queue_full"}
        route.fulfill(status=429, headers={"retry-after": "2"}, json={"error": error})

    page.tab.route("**/explain", busy)
    page.one("#a").fill("Ask me later.")
    expect(page.one(".status")).to_have_text(re.compile(r"The server is busy: trying again in [12] s\."))
    page.answered()
    expect(page.one('[data-side="a"] .ws-passage')).to_contain_text("Ask me later.")


def test_a_server_that_is_gone_is_said_and_can_be_tried_again(visit, start):
    server = start()
    page = visit(url=server.url).answered()
    server.stop()
    page.one("#a").fill("Is anybody there?")
    expect(page.one(".failure p")).to_contain_text("The server does not answer")
    expect(page.one(".failure button")).to_be_visible()
    page.tab.route("**/explain", lambda route: route.fulfill(status=500, body="<b>proxy</b>"))
    page.one(".failure button").click()
    expect(page.one(".failure p")).to_contain_text("status 500 and no reason")


@pytest.mark.parametrize("evil", EVIL)
def test_texts_stay_texts(visit, evil):
    page = visit("#" + urlencode({"a": evil, "b": f"plain {evil}", "unit": "word"})).answered()
    assert page.one("#a").input_value() == evil
    for unit in page.one(".ws-unit").all():
        unit.click()
        for side in "ab":
            page.one(f'[data-side="{side}"] .ws-row').first.hover()
    page.one(".ws-table summary").click()
    untouched(page)
    page.tab.get_by_role("radio", name="A query and passages").check()
    page.ask(query=evil, passages=f"plain {evil}\n\n{evil}")
    expect(page.one(".ws-hit")).to_have_count(2)
    untouched(page)


def test_what_the_server_says_stays_text(visit):
    page = visit().answered()
    error = {"message": EVIL[0], "type": "invalid_request_error", "param": "a", "code": "invalid_value"}
    page.tab.route("**/explain", lambda route: route.fulfill(status=422, json={"error": error}))
    page.one("#a").fill("anything")
    expect(page.one("#error-a")).to_have_text(EVIL[0])
    untouched(page)


def untouched(page):
    """Nothing of a text has become an element, or has run."""
    assert page.tab.title() == "whysim: why two texts are similar"
    assert page.one("#result :is(img, a, style, svg)").count() == 0
    assert page.one("#result script:not([type='application/json'])").count() == 0
