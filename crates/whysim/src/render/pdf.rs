//! The SVG as a PDF of one page.
//!
//! The form is that of ISO 32000-1: a few numbered objects, the last of which is a stream of
//! drawing operators (8.5), and a table of where they begin. Text is drawn as outlines, so that
//! no font is to be embedded, and every script that a PNG has is in the PDF too; it cannot be
//! searched for.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
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
pub fn pdf(e: &Explanation, options: &Svg) -> Result<Vec<u8>> {
    let tree = outline::tree(e, options)?;
    let mut page = Page::default();
    // PDF counts from the lower left corner.
    let to_page = Transform::from_row(POINTS, 0.0, 0.0, -POINTS, 0.0, tree.size().height() * POINTS);
    page.group(tree.root(), to_page, 1.0);
    file(&page, &tree).map_err(|error| Error::malformed(std::path::Path::new("the picture"), error))
}

/// What is drawn, as operators.
#[derive(Default)]
struct Page {
    operators: String,
    /// The opacities that are set, in hundredths; each is a state by its place here.
    opacities: Vec<u32>,
    /// The operators that chose the state, and the colours of areas and lines: most follow others
    /// of their like.
    chosen: [String; 3],
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
        self.choose(1, format!("{} rg\n", color(fill.paint())));
        self.path(path);
        self.operators += match fill.rule() {
            FillRule::NonZero => "f\n",
            FillRule::EvenOdd => "f*\n",
        };
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke, transform: Transform, opacity: f32) {
        self.opacity(opacity * stroke.opacity().get());
        let scale = (transform.sx * transform.sy - transform.kx * transform.ky).abs().sqrt();
        self.choose(2, format!("{} RG {} w\n", color(stroke.paint()), number(stroke.width().get() * scale)));
        self.path(path);
        self.operators += "S\n";
    }

    /// Sets how much is seen of what is below.
    fn opacity(&mut self, opacity: f32) {
        let hundredths = (opacity * 100.0).round() as u32;
        let known = self.opacities.iter().position(|&known| known == hundredths);
        let state = known.unwrap_or_else(|| {
            self.opacities.push(hundredths);
            self.opacities.len() - 1
        });
        self.choose(0, format!("/S{state} gs\n"));
    }

    /// Writes an operator unless it is what the last of its kind was.
    fn choose(&mut self, kind: usize, operator: String) {
        if self.chosen[kind] != operator {
            self.operators += &operator;
            self.chosen[kind] = operator;
        }
    }

    fn path(&mut self, path: &Path) {
        let mut last = Point::zero();
        let at = |point: Point| format!("{} {}", number(point.x), number(point.y));
        // A cubic curve that is the quadratic one from `from` by `control` to `to`.
        let third = |end: Point, control: Point| {
            Point::from_xy(end.x + (control.x - end.x) * 2.0 / 3.0, end.y + (control.y - end.y) * 2.0 / 3.0)
        };
        for segment in path.segments() {
            self.operators += &match segment {
                PathSegment::MoveTo(to) => format!("{} m\n", at(to)),
                PathSegment::LineTo(to) => format!("{} l\n", at(to)),
                PathSegment::QuadTo(control, to) => {
                    format!("{} {} {} c\n", at(third(last, control)), at(third(to, control)), at(to))
                }
                PathSegment::CubicTo(first, second, to) => format!("{} {} {} c\n", at(first), at(second), at(to)),
                PathSegment::Close => "h\n".to_owned(),
            };
            if let PathSegment::MoveTo(to)
            | PathSegment::LineTo(to)
            | PathSegment::QuadTo(_, to)
            | PathSegment::CubicTo(_, _, to) = segment
            {
                last = to;
            }
        }
    }
}

/// Red, green and blue, 0 to 1. Of a gradient, which only letters of a coloured font have, its
/// first colour.
fn color(paint: &Paint) -> String {
    let Color { red, green, blue } = match paint {
        Paint::Color(color) => *color,
        Paint::LinearGradient(gradient) => gradient.stops().first().map_or(Color::black(), |stop| stop.color()),
        Paint::RadialGradient(gradient) => gradient.stops().first().map_or(Color::black(), |stop| stop.color()),
        Paint::Pattern(_) => Color::black(),
    };
    let share = |channel: u8| format!("{:.3}", f32::from(channel) / 255.0);
    format!("{} {} {}", share(red), share(green), share(blue))
}

/// A number without needless digits; exponents are no part of the format.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// The objects and their table.
fn file(page: &Page, tree: &Tree) -> std::io::Result<Vec<u8>> {
    let state = |(i, opacity): (usize, &u32)| {
        let share = number(*opacity as f32 / 100.0);
        format!("/S{i} << /ca {share} /CA {share} >> ")
    };
    let states: String = page.opacities.iter().enumerate().map(state).collect();
    let [width, height] = [tree.size().width(), tree.size().height()].map(|side| number(side * POINTS));
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
    stream.write_all(page.operators.as_bytes())?;
    let stream = stream.finish()?;
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R \
             /Resources << /ExtGState << {states}>> >> >>"
        )
        .into_bytes(),
        [format!("<< /Length {} /Filter /FlateDecode >>\nstream\n", stream.len()).as_bytes(), &stream, b"\nendstream"]
            .concat(),
    ];
    let mut out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::new();
    for (i, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{} 0 obj\n", i + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let (size, start) = (objects.len() + 1, out.len());
    write!(out, "xref\n0 {size}\n0000000000 65535 f \n{table}")?;
    write!(out, "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")?;
    Ok(out)
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
    fn the_table_says_where_objects_begin() {
        let file = pdf(&garden(), &Svg::default()).unwrap();
        let text = |range: std::ops::Range<usize>| std::str::from_utf8(&file[range]).unwrap();
        assert!(file.starts_with(b"%PDF-1.4\n"));
        let tail = String::from_utf8_lossy(&file[file.len() - 400..]).into_owned();
        let start: usize = tail.split("startxref\n").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        let table: Vec<&str> = text(start..file.len()).lines().collect();
        assert_eq!((table[0], table[1]), ("xref", "0 5"));
        for (i, line) in table[3..7].iter().enumerate() {
            let at: usize = line[..10].parse().unwrap();
            assert_eq!((text(at..at + 7), line.len()), (format!("{} 0 obj", i + 1).as_str(), 19));
        }
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

    #[test]
    fn numbers_are_short_and_have_no_exponents() {
        assert_eq!([0.0, -0.0001, 1e-9, 12.5, 30000.0, 0.3333].map(number), ["0", "0", "0", "12.5", "30000", "0.33"]);
    }
}
