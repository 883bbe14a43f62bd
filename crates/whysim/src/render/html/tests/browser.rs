//! The page in a browser: `WHYSIM_BROWSER` names a Chromium, as `scripts/check --full` does where
//! it finds one.

use std::process::Command;

use super::*;
use crate::explanation::Side;

/// What the page says of itself, once it runs: a script's value as JSON.
fn in_browser(e: &Explanation, width: usize, script: &str) -> Option<serde_json::Value> {
    let browser = std::env::var_os("WHYSIM_BROWSER")?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let watch = "<script>const wrong = []; addEventListener(\"error\", (event) => wrong.push(event.message));</script>";
    let ask = format!(
        "<script>addEventListener(\"load\", () => setTimeout(() => {{ const root = document.querySelector(\".whysim\");\
         const all = (selector) => [...root.querySelectorAll(selector)]; const answer = (() => {{ {script} }})();\
         const out = document.createElement(\"pre\"); out.id = \"answer\";\
         out.textContent = btoa(JSON.stringify({{ answer, wrong }})); document.body.append(out); }}, 200));</script>"
    );
    let page = html(e, &Html::default())
        .replace("<body>", &format!("<body>{watch}"))
        .replace("</body>", &format!("{ask}</body>"));
    std::fs::write(&file, page).unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    command.arg(format!("--window-size={width},900")).arg(format!("file://{}", file.display()));
    let dom = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let answer = dom.split_once("<pre id=\"answer\">").expect("the page ran").1.split_once('<').unwrap().0;
    let answer: serde_json::Value = serde_json::from_slice(&decoded(answer)).unwrap();
    assert_eq!(answer["wrong"], json!([]));
    Some(answer["answer"].clone())
}

/// Base64.
fn decoded(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> =
        text.bytes().filter_map(|b| LETTERS.iter().position(|&l| l == b)).map(|digit| digit as u32).collect();
    let group = |four: &[u32]| {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - four.len()));
        bits.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

#[test]
fn every_level_and_view_runs_and_special_tokens_are_listed_on_demand() {
    let mut e = garden();
    // The strongest pair of all.
    e.matrix[0][0] = 9.0;
    let script = "const pairs = () => all('.ws-top button').map((button) => button.textContent);
        const seen = [];
        for (const unit of all('.ws-unit')) for (const view of all('.ws-view')) {
          unit.click(); view.click();
          seen.push([all('.ws-row').length, pairs().some((pair) => pair.includes('s>'))]);
          root.querySelector('.ws-specials').click();
          seen.push([all('.ws-row').length, pairs().some((pair) => pair.includes('s>'))]);
          root.querySelector('.ws-specials').click();
        }
        return seen;";
    let Some(seen) = in_browser(&e, 1280, script) else { return };
    let rows = |e: &Explanation| e.a.tokens.len() + e.b.tokens.len();
    let expected: Vec<(usize, bool)> = [rows(&e), rows(&e.by(Unit::Word))]
        .iter()
        .flat_map(|&rows| [false, true, false, true].map(|on| (rows, on)))
        .collect();
    assert_eq!(seen, json!(expected));
}

#[test]
fn a_row_tells_its_relevance_and_the_other_text_shows_its_pairs() {
    let e = garden();
    let script = "all('[data-side=a] .ws-row')[2].dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
        const told = root.querySelector('.ws-readout b').textContent;
        const colored = (side) => all(`[data-side=${side}] .ws-row`).some((row) => row.style.color !== '');
        return [told, colored('a'), colored('b')];";
    let Some(told) = in_browser(&e, 1280, script) else { return };
    assert_eq!(told, json!([typeset(e.relevance().a[2]), false, true]));
}

#[test]
fn a_passage_runs_down_and_all_its_names_are_there() {
    let mut e = sized(60);
    e.a = Side { tokens: e.a.tokens[..12].to_vec(), ..e.a.clone() };
    e.matrix.truncate(12);
    e.border.a.truncate(12);
    let script = "const map = root.querySelector('.ws-map');
        return [map.getAttribute('aria-label').includes('text B runs down'), map.scrollWidth <= map.clientWidth];";
    for width in [1280, 700] {
        let Some(seen) = in_browser(&e, width, script) else { return };
        assert_eq!(seen, json!([true, true]), "{width}");
    }
}

#[test]
fn two_sentences_open_to_their_words_and_close_again() {
    let mut e = garden();
    e.a.text = "The dog runs. After the kitten in the yard.".into();
    let sentences = e.by(Unit::Sentence);
    let words = e.by(Unit::Word);
    let row = |e: &Explanation| e.a.tokens.iter().position(|token| token.text.contains("After")).unwrap();
    let script = format!(
        "const press = (key) => one('.ws-map').dispatchEvent(new KeyboardEvent('keydown', {{ key }}));
        const one = (selector) => root.querySelector(selector);
        const rows = () => ['a', 'b'].map((side) => all(`[data-side=${{side}}] .ws-row`).length);
        all('.ws-unit').at(-1).click(); all('.ws-view')[0].click();
        const before = [rows(), one('.ws-into').hidden, one('.ws-inside').offsetParent === null];
        press('ArrowDown'); for (let i = 0; i < {}; i++) press('ArrowDown'); press('ArrowRight');
        press('Enter');
        one('.ws-into').click();
        all('[data-side=a] .ws-row')[0].dispatchEvent(new PointerEvent('pointerover', {{ bubbles: true }}));
        const inside = [rows(), one('[data-side=a] .ws-text').textContent, one('.ws-readout b').textContent, one('.ws-inside').hidden];
        one('.ws-out').click();
        return [before, inside, [rows(), one('.ws-into').hidden, one('.ws-inside').hidden]];",
        row(&sentences)
    );
    let Some(seen) = in_browser(&e, 1280, &script) else { return };
    let all = json!([sentences.a.tokens.len(), sentences.b.tokens.len()]);
    let in_b = words.b.tokens.iter().filter(|token| token.start < token.end).count();
    let first = words.a.tokens.iter().position(|token| token.text.contains("After")).unwrap();
    let in_a = words.a.tokens[first..].iter().filter(|token| token.start < token.end).count();
    let end = words.a.tokens.iter().map(|token| token.end).max().unwrap();
    let text: String = e.a.text.chars().take(end).skip(words.a.tokens[first].start).collect();
    let relevance = typeset(words.relevance().a[first]);
    assert_eq!(seen, json!([[all, true, true], [[in_a, in_b], text, relevance, false], [all, false, true]]));
}

#[test]
fn what_is_told_never_moves_what_is_pointed_at() {
    let mut e = garden();
    e.a.tokens.iter_mut().for_each(|token| token.text = token.text.repeat(30));
    let script = "const chip = () => all('.ws-top button')[0];
        const place = () => [chip().offsetTop, root.querySelector('.ws-readout').offsetHeight];
        const places = [place()];
        for (const kind of ['pointerenter', 'pointerleave', 'pointerenter']) {
          chip().dispatchEvent(new PointerEvent(kind)); places.push(place());
        }
        return places;";
    let Some(seen) = in_browser(&e, 900, script) else { return };
    let places: Vec<[f64; 2]> = serde_json::from_value(seen).unwrap();
    assert!(places.windows(2).all(|pair| pair[0][0] == pair[1][0] && pair[0][1] <= pair[1][1]), "{places:?}");
}
