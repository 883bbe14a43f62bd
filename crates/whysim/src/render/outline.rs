//! The SVG as shapes alone, on any machine: text is set in an embedded font and becomes its
//! outlines.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use resvg::usvg::fontdb::{Database, FaceInfo, ID};
use resvg::usvg::{Group, Node, Options, Tree};

use super::svg::{Svg, svg};
use crate::{Error, Explanation, Result};

/// DejaVu Sans: Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic, symbols. Its licence is
/// in the same folder.
const FONT: &[u8] = include_bytes!("font/DejaVuSans.ttf");

/// The picture of [`svg()`]. Scripts that the embedded font lacks, such as Chinese, use the
/// system's fonts if there are any.
pub(super) fn tree(e: &Explanation, options: &Svg) -> Result<Tree> {
    set(&svg(e, options), fonts())
}

fn set(svg: &str, fontdb: Arc<Database>) -> Result<Tree> {
    let fonts = Options { fontdb, font_family: "DejaVu Sans".into(), ..Options::default() };
    Tree::from_str(svg, &fonts).map_err(|error| Error::malformed(Path::new("the picture"), error.to_string()))
}

/// The letters of the picture that neither the embedded font nor any of the system's has, each once
/// and in their order: PNG and PDF show a box, or nothing, in their place.
pub fn missing_letters(e: &Explanation, options: &Svg) -> Result<Vec<String>> {
    // Latin, Greek and Cyrillic are known to be there: most pictures are not to be set twice.
    let tokens = [&e.a, &e.b].into_iter().flat_map(|side| &side.tokens);
    let mut written = tokens.flat_map(|token| token.text.chars()).chain(e.model.chars());
    if written.all(|c| c < '\u{530}') && options.title.iter().flat_map(|title| title.chars()).all(|c| c < '\u{530}') {
        return Ok(Vec::new());
    }
    let tree = tree(e, options)?;
    let mut missing = Vec::new();
    lacking(tree.root(), &mut missing);
    Ok(missing)
}

fn lacking(group: &Group, missing: &mut Vec<String>) {
    for node in group.children() {
        match node {
            Node::Group(group) => lacking(group, missing),
            Node::Text(text) => {
                let glyphs = text.layouted().iter().flat_map(|span| &span.positioned_glyphs);
                // The first glyph of every font is the box.
                for glyph in glyphs.filter(|glyph| glyph.id.0 == 0) {
                    if !missing.contains(&glyph.text) {
                        missing.push(glyph.text.clone());
                    }
                }
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

/// Loaded once: searching the system's fonts takes longer than drawing.
fn fonts() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        fonts.load_font_data(FONT.to_vec());
        fonts.load_system_fonts();
        // Their letters are pixels, which are not drawn: another font's outlines are better.
        let is_colored = |face: &FaceInfo| face.families.iter().any(|(name, _)| name.contains("Color Emoji"));
        let colored: Vec<ID> = fonts.faces().filter(|face| is_colored(face)).map(|face| face.id).collect();
        colored.into_iter().for_each(|face| fonts.remove_face(face));
        fonts.set_sans_serif_family("DejaVu Sans");
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::garden;

    #[test]
    fn letters_that_no_font_has_are_named_once() {
        let mut e = garden();
        assert_eq!(missing_letters(&e, &Svg::default()).unwrap(), [""; 0]);
        // A private letter, and symbols that the embedded font has.
        (e.a.tokens[1].text, e.b.tokens[2].text) = ("\u{f0000}dog".into(), "♞\u{f0000}√".into());
        assert_eq!(missing_letters(&e, &Svg::default()).unwrap(), ["\u{f0000}"]);
    }

    #[test]
    fn the_embedded_font_sets_text_without_any_other() {
        let mut alone = Database::new();
        alone.load_font_data(FONT.to_vec());
        let tree = set(&svg(&garden(), &Svg::default()), Arc::new(alone)).unwrap();
        // Text that no font can render is left out, and takes no space.
        assert!(tree.root().abs_bounding_box().width() > 500.0);
        assert!(tree.root().children().len() > 20);
    }
}
