//! Every picture is valid, and says what it shows.

use super::*;
use crate::explanation::sample::{garden, rectangle, sized};
use crate::explanation::{StandardError, Truncated, View};
use crate::render::{shown, terminal};
use crate::text::Unit;

const VIEWS: [Option<View>; 3] = [None, Some(View::Attribution), Some(View::Interaction)];

fn drawn(e: &Explanation, view: Option<View>) -> String {
    svg(e, &Svg { view, ..Svg::default() })
}

/// Checks that every tag is closed in order, with no raw markup and no character that XML
/// forbids: enough of a parser for this output.
fn check_xml(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, content) = piece.split_once('>').expect("a tag without an end");
        assert!(!content.contains('&') || content.contains(';'), "{content}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name.to_owned()));
        } else if !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty());
    assert!(!svg.chars().any(|c| c.is_control() && c != '\n' || c as u32 & 0xfffe == 0xfffe));
}

#[test]
fn valid_for_every_size_and_theme() {
    for e in [garden(), garden().by(Unit::Word), garden().by(Unit::Sentence), sized(1), sized(5), sized(60), sized(300)]
    {
        for (theme, view) in [Theme::Light, Theme::Dark].into_iter().flat_map(|theme| VIEWS.map(|view| (theme, view))) {
            check_xml(&svg(&e, &Svg { theme, view, title: None }));
        }
    }
}

#[test]
fn valid_for_every_text() {
    let mut e = garden();
    let evil = "</text><script>&\"'\u{0}\u{1b}\u{fffe}\u{ffff}]]>日本\u{202e}";
    e.a.tokens.iter_mut().for_each(|token| token.text = evil.into());
    (e.model, e.matrix[0][0], e.score) = (evil.into(), f32::NAN, f64::INFINITY);
    for view in VIEWS {
        let drawn = svg(&e, &Svg { title: Some(evil.into()), view, ..Svg::default() });
        check_xml(&drawn);
        assert!(!drawn.contains("<script>"));
    }
}

#[test]
fn each_view_has_beside_it_what_belongs_to_it() {
    let (attribution, interaction) = (Some(View::Attribution), Some(View::Interaction));
    assert!(drawn(&garden(), attribution).contains("reference<"));
    assert!(!drawn(&sized(5), attribution).contains("reference<"));
    assert!(!drawn(&garden(), interaction).contains("reference<"));
    assert!(drawn(&garden(), None).contains("effects<") && !drawn(&garden(), attribution).contains("effects<"));
    assert_eq!(drawn(&garden(), None), drawn(&garden(), interaction));
    assert_eq!(drawn(&sized(5), None), drawn(&sized(5), attribution));
    // The bars are one for each row and column, the border one and a corner.
    let count = |view| drawn(&garden(), view).matches("<rect").count();
    assert_eq!(count(interaction) - 12 - 14, count(attribution) - 12 - 14 - 1);
}

#[test]
fn what_is_within_its_error_of_nothing_is_marked_in_every_form() {
    let mut e = sized(5);
    let errors = |error: f32| StandardError {
        matrix: vec![vec![error; 5]; 5],
        interaction: vec![vec![error; 5]; 5],
        a: vec![error; 5],
        b: vec![error; 5],
    };
    let drawn = |e: &Explanation| [svg(e, &Svg::default()), terminal(e, &Default::default())];
    e.standard_error = Some(errors(0.0));
    assert!(!drawn(&e).iter().any(|text| text.contains('~')));
    e.standard_error = Some(errors(0.001));
    let marks = drawn(&e).map(|text| text.matches('~').count());
    let unclear = e.matrix.iter().flatten().filter(|value| value.abs() < 0.002).count();
    // The terminal says once what the mark means.
    assert!(unclear > 0 && marks == [unclear, unclear + 1], "{unclear} {marks:?}");
    assert!(drawn(&e)[1].contains(" ± 0.0010  "));
    let view = Some(View::Interaction);
    assert!(svg(&e, &Svg { view, ..Svg::default() }).contains('~'));
}

#[test]
fn a_bar_beyond_the_scale_is_broken() {
    let mut e = garden();
    let count = |e: &Explanation| drawn(e, Some(View::Interaction)).matches("<rect").count();
    let before = count(&e);
    e.matrix[0].iter_mut().for_each(|value| *value += 1.0);
    assert_eq!(count(&e), before + 1);
}

#[test]
fn a_result_whose_parts_do_not_fit_each_other_is_still_drawn() {
    let mut e = garden();
    e.matrix.truncate(2);
    e.border.b.clear();
    e.b.tokens.clear();
    VIEWS.iter().for_each(|&view| check_xml(&drawn(&e, view)));
    (e.a.tokens, e.matrix) = (Vec::new(), Vec::new());
    VIEWS.iter().for_each(|&view| check_xml(&drawn(&e, view)));
}

/// A name beside the matrix: where its line begins or ends, and its size.
struct Name {
    x: f64,
    y: f64,
    size: f64,
    text: String,
}

fn size_of(svg: &str) -> [f64; 2] {
    ["width", "height"].map(|side| number(svg, &format!("{side}=\"")))
}

fn number(element: &str, after: &str) -> f64 {
    let rest = element.split_once(after).unwrap_or_else(|| panic!("{after} in {element}")).1;
    rest.split(['"', ' ', ')']).next().unwrap().parse().unwrap()
}

/// The names of rows, which end at the matrix, and those of columns, which are turned.
fn names(svg: &str) -> [Vec<Name>; 2] {
    let elements = || svg.split("<text ").skip(1).map(|rest| rest.split_once("</text>").unwrap().0);
    let name = |element: &str, [x, y]: [f64; 2]| {
        let text = element.split_once('>').unwrap().1.replace("&lt;", "<").replace("&gt;", ">");
        Name { x, y, size: number(element, "font-size=\""), text }
    };
    let rows = elements().filter(|element| element.contains("text-anchor=\"end\""));
    let columns = elements().filter(|element| element.contains("rotate(") && !element.contains("text-anchor"));
    let turned = |element: &str| {
        let place = element.split_once("translate(").unwrap().1.split_once(')').unwrap().0;
        let (x, y) = place.split_once(' ').unwrap();
        [x.parse().unwrap(), y.parse().unwrap()]
    };
    [
        rows.map(|element| name(element, [number(element, "x=\""), number(element, "y=\"")])).collect(),
        columns.map(|element| name(element, turned(element))).collect(),
    ]
}

/// Checks that names can be read: none is small, none touches the next, none is off the picture.
/// slant: the part of the distance between columns that is across their names.
fn check_names(svg: &str, slant: f64) -> [usize; 2] {
    let [width, height] = size_of(svg);
    let [mut rows, mut columns] = names(svg);
    rows.sort_by(|a, b| (a.x, a.y).partial_cmp(&(b.x, b.y)).unwrap());
    columns.sort_by(|a, b| (a.y, a.x).partial_cmp(&(b.y, b.x)).unwrap());
    for name in rows.iter().chain(&columns) {
        assert!(name.size >= labels::READABLE, "{} has {} pixels", name.text, name.size);
    }
    for pair in rows.windows(2).filter(|pair| pair[0].x == pair[1].x) {
        assert!(pair[1].y - pair[0].y > 1.1 * pair[0].size, "{} touches {}", pair[0].text, pair[1].text);
    }
    for pair in columns.windows(2).filter(|pair| pair[0].y == pair[1].y) {
        assert!((pair[1].x - pair[0].x) * slant > 1.1 * pair[0].size, "{} touches {}", pair[0].text, pair[1].text);
    }
    for name in &rows {
        assert!(name.x - ink::em(&name.text) * name.size >= MARGIN && name.y < height, "{} is cut", name.text);
    }
    for name in &columns {
        assert!(name.y - ink::em(&name.text) * name.size >= MARGIN && name.x < width, "{} is cut", name.text);
    }
    [rows.len(), columns.len()]
}

#[test]
fn every_name_of_a_query_and_a_passage_can_be_read() {
    for (rows, columns) in [(14, 200), (200, 14), (14, 31), (5, 512)] {
        for view in [View::Attribution, View::Interaction] {
            let drawn = drawn(&rectangle(rows, columns), Some(view));
            let [down, across] = check_names(&drawn, 1.0);
            let strips = drawn.matches(">text A<").count().max(drawn.matches(">text B<").count());
            assert_eq!([down, across], [rows.max(columns), strips * rows.min(columns)]);
            let [width, height] = size_of(&drawn);
            assert!(width < 3600.0 && height < 1800.0 && width < 3.0 * height, "{width} x {height}");
        }
    }
    for n in [2, 8, 18, 30] {
        assert_eq!(check_names(&drawn(&sized(n), None), std::f64::consts::FRAC_1_SQRT_2), [n, n]);
    }
    assert_eq!(check_names(&drawn(&sized(150), None), 1.0), [150, 150]);
}

#[test]
fn a_passage_lies_down_the_page_and_its_cells_stay_its_own() {
    let upright = rectangle(200, 14);
    let mut flat = upright.clone();
    (flat.a, flat.b) = (upright.b.clone(), upright.a.clone());
    flat.matrix = (0..14).map(|j| (0..200).map(|i| upright.matrix[i][j]).collect()).collect();
    let swapped = drawn(&flat, None).replace("text A", "text ?").replace("text B", "text A");
    assert!(swapped.replace("text ?", "text B") == drawn(&upright, None));
}

#[test]
fn the_strongest_keep_their_names_and_what_is_left_out_is_said() {
    let mut e = rectangle(600, 600);
    e.a.tokens[333].text = "strong".into();
    e.matrix[333][300] = 1.0;
    e.matrix[0][300] = 2.0;
    let drawn = drawn(&e, None);
    let [rows, _] = check_names(&drawn, 1.0);
    assert!((100..400).contains(&rows), "{rows}");
    assert!(
        drawn.contains(">strong<")
            && drawn.contains(
                "only the 547 strongest of 600 tokens of A and the 547 strongest of 600 tokens of B are drawn"
            )
    );
    assert_eq!(drawn.matches("<rect").count(), 547 * 547 + 64 + 3);
    assert!(size_of(&drawn).iter().all(|&side| side < 30_000.0));
    assert!(!svg(&sized(60), &Svg::default()).contains("strongest"));
}

#[test]
fn a_scale_that_cells_go_beyond_says_so() {
    let view = Some(View::Interaction);
    let mut e = sized(5);
    e.matrix.iter_mut().flatten().for_each(|value| *value = value.clamp(-0.01, 0.01));
    e.matrix[0][0] = 0.0;
    let marks = |e: &Explanation| ["≥ ", "≤ −"].map(|mark| drawn(e, view).contains(mark));
    let [below, above] = shown::Shown::new(&e, view).clipped();
    assert_eq!(marks(&e), [above, below]);
    // The special tokens' pair is no part of the scale.
    e.matrix[0][0] = 9.0;
    assert!(marks(&e)[0]);
    e.matrix[0][0] = -9.0;
    assert!(marks(&e)[1]);
    assert_eq!(["≥ ", "≤ −"].map(|mark| drawn(&e, Some(View::Attribution)).contains(mark)), [false; 2]);
    // One sentence has no interaction with others.
    let whole = drawn(&garden().by(Unit::Sentence), view);
    assert!(whole.contains("fill=\"#59616d\">0</text>") && !whole.contains("≥ ") && !whole.contains("≤ "));
}

#[test]
fn sentences_are_numbered_and_short() {
    let mut e = garden().by(Unit::Sentence);
    e.a.tokens[1].text = "This is a sentence that is far too long to stand beside a matrix.".into();
    let drawn = drawn(&e, None);
    assert!(drawn.contains(">1: This is a sentence") && !drawn.contains("beside a matrix"), "{drawn}");
}

#[test]
fn what_the_model_did_not_read_is_said() {
    let mut e = garden();
    assert!(!drawn(&e, None).contains("Warning"));
    e.b.truncated = Some(Truncated { read: 384, of: 900 });
    let told = drawn(&e, None);
    assert!(told.contains(">Warning: text B is too long") && told.contains("384 of 900"), "{told}");
    check_names(&told, std::f64::consts::FRAC_1_SQRT_2);
}
