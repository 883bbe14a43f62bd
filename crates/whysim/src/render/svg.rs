//! A heatmap for papers and slides, as SVG.

mod bar;
mod effects;
mod grid;
mod ink;

use super::color::Theme;
use super::figures::typeset;
use super::label::{escape, safe};
use super::ledger::{place, row, similarity, subject, variation};
use super::shown::{Shown, has_border};
use crate::Explanation;
use crate::explanation::View;
use grid::{Grid, Labels};
use ink::{Ink, em, text};

/// How to draw an SVG.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Svg {
    /// Light or dark.
    pub theme: Theme,
    /// A title to replace the similarity and its value.
    pub title: Option<String>,
    /// What to show; None for [`Explanation::default_view`].
    pub view: Option<View>,
}

/// Margin on all sides, in pixels.
const MARGIN: f64 = 20.0;
/// Gap between the matrix and what is beside it.
const GAP: f64 = 10.0;

/// Where everything is.
struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    /// The colour scale's left edge.
    scale: f64,
}

/// The explanation as a picture: the matrix of a view, what stands beside it (the references'
/// border, if there is one, or the main effects), and the colour scale.
///
/// Valid XML for every text. The font is the first that the viewer has of `DejaVu Sans`, `Verdana`
/// and its default sans-serif.
pub fn svg(e: &Explanation, options: &Svg) -> String {
    let shown = Shown::new(e, options.view);
    let ink = Ink::of(options.theme);
    let grid = Grid::new(&shown);
    let labels = Labels::new(&shown, &grid);
    let title = options.title.clone().unwrap_or_else(|| format!("{} {}", similarity(e), typeset(e.score)));
    let (frame, lines) = frame(&shown, &grid, &labels, &title);
    let Frame { left, top, width, height, scale } = frame;

    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"'DejaVu Sans', Verdana, sans-serif\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        escape(&safe(&title)),
        ink.ground
    );
    out +=
        &text(MARGIN, MARGIN + 14.0, &format!("font-size=\"17\" font-weight=\"bold\" fill=\"{}\"", ink.strong), &title);
    for (i, line) in lines.iter().enumerate() {
        let y = MARGIN + 35.0 + 17.0 * i as f64;
        out += &text(MARGIN, y, &format!("font-size=\"12\" fill=\"{}\"", ink.weak), line);
    }
    let paint = grid::Paint { theme: options.theme, limit: shown.limit, figures: shown.figures(), ink };
    out += &labels.draw(&grid, left, top, &ink);
    out += &grid.draw(&shown, left, top, &paint);
    if let Some(bars) = &shown.bars {
        out += &effects::draw(bars, &grid, left, top, &ink);
    }
    out += &bar::draw(&paint, grid.cells(), scale, top);
    out + "</svg>\n"
}

/// The places, and the lines below the title, which depend on the width.
fn frame(shown: &Shown, grid: &Grid, labels: &Labels, title: &str) -> (Frame, Vec<String>) {
    let (beside, below) = if shown.bars.is_some() { (effects::RIGHT, effects::BELOW) } else { (0.0, 0.0) };
    let left = MARGIN + 18.0 + labels.left;
    let right = (beside + bar::ROOM).max(labels.overhang);
    let width = (left + grid.width + right).max(2.0 * MARGIN + em(&safe(title)) * 17.0).max(360.0);
    let lines = subtitle(shown, width - 2.0 * MARGIN);
    let top = MARGIN + 20.0 + 17.0 * lines.len() as f64 + 14.0 + 18.0 + labels.above;
    let height = top + (grid.height + below).max(bar::TALL + 24.0) + MARGIN;
    (Frame { left, top, width, height, scale: left + grid.width + beside + GAP + 14.0 }, lines)
}

/// A description of the picture, in lines that fit `room`.
fn subtitle(shown: &Shown, room: f64) -> Vec<String> {
    let e = shown.e;
    let mut parts = vec![safe(&e.model), place(e), subject(e, shown.view)];
    parts.extend(variation(e).map(|[main, interaction]| format!("variation: {main}, {interaction}")));
    parts.push(format!("{} pairs {}", row(e), typeset(e.sum)));
    if has_border(e) {
        parts.push(format!("references {}", typeset(e.score - e.sum + e.error)));
    }
    parts.push(format!("error {}", typeset(e.error)));
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if em(&format!("{line} · {part}")) * 12.0 <= room => *line += &format!(" · {part}"),
            _ => lines.push(part),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};
    use crate::explanation::{StandardError, View};
    use crate::render::terminal;
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
        for e in
            [garden(), garden().by(Unit::Word), garden().by(Unit::Sentence), sized(1), sized(5), sized(60), sized(300)]
        {
            for (theme, view) in
                [Theme::Light, Theme::Dark].into_iter().flat_map(|theme| VIEWS.map(|view| (theme, view)))
            {
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
}
