"""What a reader does: type, look, switch, point, copy, come back."""

import json
from urllib.parse import parse_qs, urlencode

from playwright.sync_api import expect

CAT = "The cat sat on the mat."
KITTEN = "A kitten rests on a rug."


def fragment(**state):
    return "#" + urlencode(state)


def state(page):
    return {name: values[0] for name, values in parse_qs(page.tab.evaluate("location.hash").lstrip("#")).items()}


def test_an_example_is_answered_at_once(visit):
    page = visit().answered()
    expect(page.one("#a")).not_to_have_value("")
    expect(page.one(".ws-score")).to_have_text("0.7922")
    assert page.one('[data-side="a"] .ws-row').count() > 3
    expect(page.one('.examples button[aria-pressed="true"]')).to_have_text("Other words")


def test_typing_is_answered_with_the_last_text(visit):
    page = visit().answered()
    page.one("#a").fill("")
    page.one("#a").press_sequentially(CAT, delay=20)
    page.one("#b").fill(KITTEN)
    expect(page.one('[data-side="b"] .ws-passage')).to_contain_text("rests on a rug")
    page.answered()
    assert page.one('[data-side="a"] .ws-passage').text_content() == f"[CLS]{CAT}[SEP]"
    assert page.one('.examples button[aria-pressed="true"]').count() == 0


def test_what_is_typed_while_an_answer_is_under_way_takes_its_place(visit):
    page = visit().answered()
    held = []
    page.tab.route("**/explain", lambda route: held.append(route) if not held else route.continue_())
    page.one("#a").fill("An answer that comes too late.")
    page.tab.wait_for_timeout(600)
    assert len(held) == 1
    page.ask(a=CAT).answered()
    expect(page.one('[data-side="a"] .ws-passage')).to_contain_text("mat")
    # The first was given up, not only overtaken.
    assert held[0].request.failure is not None


def test_views_and_units_are_switched_and_in_the_address(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    tokens = page.one('[data-side="a"] .ws-row').count()
    page.one(".ws-view").get_by_text("interaction").click()
    page.one(".ws-unit").get_by_text("words").click()
    assert (page.chosen("view"), page.chosen("unit")) == ("interaction", "words")
    assert state(page) == {"a": CAT, "b": KITTEN, "view": "interaction", "unit": "word"}
    page.ask(b="Kittens rest on unbelievably soft rugs.").answered()
    assert (page.chosen("view"), page.chosen("unit")) == ("interaction", "words")
    assert page.one('[data-side="a"] .ws-row').count() <= tokens


def test_the_layer_is_moved_by_keys(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    score = page.one(".ws-score").text_content()
    expect(page.one(".ws-recipe")).to_contain_text("layer 5 of 6")
    page.one("#layer").focus()
    page.tab.keyboard.press("ArrowLeft")
    page.tab.keyboard.press("ArrowLeft")
    expect(page.one(".ws-recipe")).to_contain_text("layer 3 of 6")
    assert page.answered().one(".ws-score").text_content() == score
    assert page.one("#at-layer").text_content() == "3 of 6"
    assert state(page)["layer"] == "3"


def test_removal_asks_for_what_is_left_out(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    expect(page.one("#by")).to_be_hidden()
    page.one("#method").select_option("removal")
    expect(page.one(".ws-recipe")).to_contain_text("removing words")
    expect(page.one("#layer")).to_be_hidden()
    assert state(page)["method"] == "removal"


def test_pointing_tells_a_token_and_a_click_keeps_it(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    cat = page.one('[data-side="a"] .ws-row').get_by_text("cat", exact=True)
    cat.hover()
    expect(page.one(".ws-told")).to_contain_text("cat adds to the score")
    cat.click()
    page.one("h1").hover()
    expect(page.one(".ws-told")).to_contain_text("kept")
    page.tab.keyboard.press("Escape")
    expect(page.one(".ws-told")).to_contain_text("Point at a token")


def test_the_matrix_is_walked_by_keys_and_read_as_a_table(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    page.one(".ws-map").focus()
    page.tab.keyboard.press("ArrowDown")
    page.tab.keyboard.press("ArrowDown")
    page.tab.keyboard.press("ArrowRight")
    expect(page.one(".ws-told")).to_contain_text("The × A")
    page.one(".ws-table summary").click()
    rows = page.one(".ws-table tr")
    expect(rows).to_have_count(1 + page.one('[data-side="a"] .ws-row').count())
    assert "cat" in rows.nth(3).text_content()


def test_terms_of_the_ledger_are_explained_on_demand(visit):
    page = visit().answered()
    pairs = page.one(".ws-term").filter(has_text="pairs with a mean")
    expect(pairs.locator(".term p")).to_be_hidden()
    pairs.get_by_label("What is “pairs”?").click()
    expect(pairs.locator(".term p")).to_contain_text("The sum of the whole matrix")
    # Every term has its explanation.
    assert page.one(".ws-term").count() == page.one(".ws-term .term").count()


def test_long_texts_begin_with_sentences_that_open(visit):
    page = visit()
    page.answered()
    with page.tab.expect_response("**/explain"):
        page.tab.get_by_role("button", name="Long texts").click()
    page.answered()
    assert page.chosen("unit") == "sentences"
    sentences = page.one('[data-side="a"] .ws-row').count()
    page.one(".ws-top button").first.click()
    page.one(".ws-into").click()
    expect(page.one(".ws-inside")).to_be_visible()
    assert page.one('[data-side="a"] .ws-row').count() < 60
    assert page.chosen("unit") == "words"
    page.one(".ws-out").click()
    assert page.one('[data-side="a"] .ws-row').count() == sentences
    expect(page.one(".ws-told")).to_contain_text("kept")


def test_passages_are_marked_in_the_colours_of_the_program(visit):
    page = visit().answered()
    page.tab.get_by_role("radio", name="A query and passages").check()
    page.answered()
    expect(page.one(".ws-hit")).to_have_count(3)
    expect(page.one("mark").first).to_have_text("Rice")
    colour = page.one("mark").first.evaluate("(mark) => getComputedStyle(mark).backgroundColor")
    assert colour not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 0)")
    assert page.one("[data-style]").count() == 0
    expect(page.one('[data-copy="png"]')).to_be_hidden()
    page.ask(passages="Rice keeps for three days.\n\nPotatoes keep for weeks.").answered()
    expect(page.one(".ws-hit")).to_have_count(2)


def test_an_address_opens_what_it_was_copied_from(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    page.one("#layer").fill("2")
    page.one(".ws-view").get_by_text("interaction").click()
    expect(page.one(".ws-recipe")).to_contain_text("layer 2 of 6")
    page.answered()
    page.one('[data-copy="link"]').click()
    expect(page.one(".status")).to_have_text("The link is copied.")
    link = page.tab.evaluate("navigator.clipboard.readText()")
    again = visit(link.split("/", 3)[3]).answered()
    assert again.one("#b").input_value() == KITTEN
    assert again.chosen("view") == "interaction"
    assert again.one(".ws-recipe").text_content() == page.one(".ws-recipe").text_content()
    assert again.one(".ws-score").text_content() == page.one(".ws-score").text_content()


def test_texts_are_never_in_what_a_log_sees(visit):
    page = visit()
    asked = []
    page.tab.on("request", lambda request: asked.append(request.url))
    page.answered().ask(a="a secret in the text").answered()
    assert "secret" in page.tab.url
    assert asked and not [url for url in asked if "secret" in url]


def test_copies_are_what_the_program_writes(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    page.one('[data-copy="json"]').click()
    expect(page.one(".status")).to_have_text("The JSON is copied.")
    copied = json.loads(page.tab.evaluate("navigator.clipboard.readText()"))
    assert copied["a"]["text"] == CAT
    assert f"{copied['score']:.4f}" == page.one(".ws-score").text_content()
    page.one('[data-copy="html"]').click()
    expect(page.one(".status")).to_contain_text("as HTML")
    assert page.tab.evaluate("navigator.clipboard.readText()").startswith("<!doctype html>")
    page.one('[data-copy="png"]').click()
    expect(page.one(".status")).to_have_text("The picture is copied.")
    size = page.tab.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const picture = await createImageBitmap(await item.getType("image/png"));
          return [picture.width, picture.height];
        }"""
    )
    assert min(size) > 200


def test_where_there_is_no_clipboard_a_file_is_saved(visit):
    page = visit(fragment(a=CAT, b=KITTEN)).answered()
    page.tab.evaluate("delete Navigator.prototype.clipboard")
    with page.tab.expect_download() as download:
        page.one('[data-copy="json"]').click()
    assert download.value.suggested_filename == "whysim.json"
    expect(page.one(".status")).to_contain_text("saved as whysim.json")
    with open(download.value.path(), encoding="utf-8") as file:
        assert json.load(file)["b"]["text"] == KITTEN


def test_a_passage_is_explained_with_the_query(visit):
    page = visit(fragment(mode="passages", query=CAT, passages=f"Rain fell.\n\n{KITTEN}")).answered()
    page.tab.get_by_role("button", name="Why passage 2 is similar to the query").click()
    expect(page.one('[data-side="b"] .ws-passage')).to_contain_text("rests on a rug")
    assert state(page) == {"a": CAT, "b": KITTEN}


def test_long_work_can_be_stopped(visit):
    page = visit().answered()
    held = []
    page.tab.route("**/explain", lambda route: held.append(route))
    page.one("#a").fill("Something that takes long.")
    page.tab.get_by_role("button", name="Stop").click()
    expect(page.one(".status")).to_have_text("Stopped. Below is the previous result.")
    expect(page.tab.get_by_role("button", name="Stop")).to_be_hidden()
    assert held[0].request.failure is not None
