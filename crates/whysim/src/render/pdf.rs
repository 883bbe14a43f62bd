//! The SVG as a PDF of one page.
//!
//! pdf-writer makes the file; what is drawn are the shapes that resvg makes of the SVG. Text is
//! drawn as outlines, so that no font is to be embedded, and every script that a PNG has is in the
//! PDF too; it cannot be searched for.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::writers::ExtGraphicsState;
use pdf_writer::{Content, Filter, Name, Pdf, Rect, Ref};
use resvg::tiny_skia::{Path, PathSegment, Point, Transform};
use resvg::usvg::{Color, Fill, FillRule, Group, Node, Paint, Stroke, Tree};

use super::outline;
use super::svg::Svg;
use crate::{Error, Explanation, Result};

/// Points of print in a pixel of the SVG: 72 and 96 are in an inch.
const POINTS: f32 = 0.75;

/// The explanation as a PDF file: the picture of [`svg()`](super::svg()) on a page of its own size.
///
/// [`missing_letters`](super::missing_letters) are those that no font has.
///
/// # Errors
/// If the picture cannot be drawn, as for [`png()`](super::png()).
pub fn pdf(e: &Explanation, options: &Svg) -> Result<Vec<u8>> {
    let tree = outline::tree(e, options)?;
    let mut page = Page { content: Content::new(), opacities: Vec::new(), state: None, area: None, line: None };
    // PDF counts from the lower left corner.
    let to_page = Transform::from_row(POINTS, 0.0, 0.0, -POINTS, 0.0, tree.size().height() * POINTS);
    page.group(tree.root(), to_page, 1.0);
    page.file(&tree).map_err(|error| Error::malformed(std::path::Path::new("the picture"), error))
}

/// What is drawn.
struct Page {
    content: Content,
    /// The opacities that are set, in hundredths; each is a state by its place here.
    opacities: Vec<u32>,
    /// What was chosen last, since most shapes follow others of their like: the state, the colour
    /// of areas, and that of lines with their width.
    state: Option<usize>,
    area: Option<[f32; 3]>,
    line: Option<([f32; 3], f32)>,
}

impl Page {
    fn group(&mut self, group: &Group, outer: Transform, opacity: f32) {
        let (transform, opacity) = (outer.pre_concat(group.transform()), opacity * group.opacity().get());
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group, transform, opacity),
                Node::Text(text) => self.group(text.flattened(), transform, opacity),
                Node::Path(path) => {
                    let Some(outline) = path.data().clone().transform(transform) else { continue };
                    if let Some(fill) = path.fill() {
                        self.fill(&outline, fill, opacity);
                    }
                    if let Some(stroke) = path.stroke() {
                        self.stroke(&outline, stroke, transform, opacity);
                    }
                }
                // Letters that a font has in pixels: a PNG is drawn without them, too.
                Node::Image(_) => {}
            }
        }
    }

    fn fill(&mut self, path: &Path, fill: &Fill, opacity: f32) {
        self.opacity(opacity * fill.opacity().get());
        let color @ [red, green, blue] = color(fill.paint());
        if self.area.replace(color) != Some(color) {
            self.content.set_fill_rgb(red, green, blue);
        }
        self.path(path);
        match fill.rule() {
            FillRule::NonZero => self.content.fill_nonzero(),
            FillRule::EvenOdd => self.content.fill_even_odd(),
        };
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke, transform: Transform, opacity: f32) {
        self.opacity(opacity * stroke.opacity().get());
        let scale = (transform.sx * transform.sy - transform.kx * transform.ky).abs().sqrt();
        let line @ ([red, green, blue], width) = (color(stroke.paint()), short(stroke.width().get() * scale));
        if self.line.replace(line) != Some(line) {
            self.content.set_stroke_rgb(red, green, blue).set_line_width(width);
        }
        self.path(path);
        self.content.stroke();
    }

    /// Sets how much is seen of what is below.
    fn opacity(&mut self, opacity: f32) {
        let hundredths = (opacity * 100.0).round() as u32;
        let known = self.opacities.iter().position(|&known| known == hundredths);
        let state = known.unwrap_or_else(|| {
            self.opacities.push(hundredths);
            self.opacities.len() - 1
        });
        if self.state.replace(state) != Some(state) {
            self.content.set_parameters(Name(name(state).as_bytes()));
        }
    }

    fn path(&mut self, path: &Path) {
        let mut last = Point::zero();
        // A cubic curve that is the quadratic one from `last` by `control` to `to`.
        let third = |end: Point, control: Point| {
            Point::from_xy(end.x + (control.x - end.x) * 2.0 / 3.0, end.y + (control.y - end.y) * 2.0 / 3.0)
        };
        for segment in path.segments() {
            last = match segment {
                PathSegment::MoveTo(to) => {
                    self.content.move_to(short(to.x), short(to.y));
                    to
                }
                PathSegment::LineTo(to) => {
                    self.content.line_to(short(to.x), short(to.y));
                    to
                }
                PathSegment::QuadTo(control, to) => self.curve([third(last, control), third(to, control), to]),
                PathSegment::CubicTo(first, second, to) => self.curve([first, second, to]),
                PathSegment::Close => {
                    self.content.close_path();
                    last
                }
            };
        }
    }

    /// -> where it ends.
    fn curve(&mut self, points @ [.., to]: [Point; 3]) -> Point {
        let [a, b, c] = points.map(|point| [short(point.x), short(point.y)]);
        self.content.cubic_to(a[0], a[1], b[0], b[1], c[0], c[1]);
        to
    }

    fn file(self, tree: &Tree) -> std::io::Result<Vec<u8>> {
        let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
        stream.write_all(&self.content.finish())?;
        let stream = stream.finish()?;
        let [catalog, pages, page, content] = [1, 2, 3, 4].map(Ref::new);
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(pages);
        pdf.pages(pages).kids([page]).count(1);
        let mut sheet = pdf.page(page);
        let [width, height] = [tree.size().width(), tree.size().height()].map(|side| short(side * POINTS));
        sheet.media_box(Rect::new(0.0, 0.0, width, height)).parent(pages).contents(content);
        let mut resources = sheet.resources();
        let mut states = resources.ext_g_states();
        for (i, &opacity) in self.opacities.iter().enumerate() {
            let share = opacity as f32 / 100.0;
            let mut state = states.insert(Name(name(i).as_bytes())).start::<ExtGraphicsState>();
            state.non_stroking_alpha(share).stroking_alpha(share);
        }
        drop(states);
        drop(resources);
        drop(sheet);
        pdf.stream(content, &stream).filter(Filter::FlateDecode);
        Ok(pdf.finish())
    }
}

/// The name of a state.
fn name(state: usize) -> String {
    format!("S{state}")
}

/// Red, green and blue, 0 to 1. Of a gradient, which only letters of a coloured font have, its
/// first colour.
fn color(paint: &Paint) -> [f32; 3] {
    let Color { red, green, blue } = match paint {
        Paint::Color(color) => *color,
        Paint::LinearGradient(gradient) => gradient.stops().first().map_or(Color::black(), |stop| stop.color()),
        Paint::RadialGradient(gradient) => gradient.stops().first().map_or(Color::black(), |stop| stop.color()),
        Paint::Pattern(_) => Color::black(),
    };
    [red, green, blue].map(|channel| (f32::from(channel) / 255.0 * 1000.0).round() / 1000.0)
}

/// A number without needless digits: hundredths of a point.
fn short(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::explanation::View;
    use crate::explanation::sample::{garden, rectangle};

    /// The file's text, and its drawing operators.
    fn parts(file: &[u8]) -> (String, String) {
        let after = |from: usize, what: &[u8]| {
            from + file[from..].windows(what.len()).position(|window| window == what).unwrap() + what.len()
        };
        let from = after(0, b"stream\n");
        let to = after(from, b"\nendstream") - b"\nendstream".len();
        let mut operators = String::new();
        flate2::read::ZlibDecoder::new(&file[from..to]).read_to_string(&mut operators).unwrap();
        (String::from_utf8_lossy(&[&file[..from], &file[to..]].concat()).into_owned(), operators)
    }

    #[test]
    fn every_cell_and_letter_is_drawn_on_the_page() {
        for (e, view) in
            [(garden(), View::Interaction), (garden(), View::Attribution), (rectangle(14, 60), View::Attribution)]
        {
            let options = Svg { view: Some(view), ..Svg::default() };
            let (text, operators) = parts(&pdf(&e, &options).unwrap());
            let size: Vec<f32> = {
                let size = text.split("/MediaBox [0 0 ").nth(1).unwrap().split(']').next().unwrap();
                size.split(' ').map(|side| side.parse().unwrap()).collect()
            };
            let tree = outline::tree(&e, &options).unwrap();
            assert!((size[0] - tree.size().width() * POINTS).abs() < 0.01);
            // Words of lines, whose numbers are coordinates of paths.
            for line in operators.lines().filter(|line| line.ends_with([' ', 'm', 'l', 'c'])) {
                let numbers: Vec<f32> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
                for point in numbers.chunks(2) {
                    assert!(
                        (-1.0..size[0] + 1.0).contains(&point[0]) && (-1.0..size[1] + 1.0).contains(&point[1]),
                        "{line}"
                    );
                }
            }
            let svg = super::super::svg(&e, &options);
            let painted = operators.lines().filter(|line| ["f", "f*", "S"].contains(line)).count();
            assert!(painted >= svg.matches("<rect").count() + svg.matches("<text").count(), "{painted}");
            assert_eq!(text.contains("/ca 0.4"), view == View::Interaction);
        }
    }
}
