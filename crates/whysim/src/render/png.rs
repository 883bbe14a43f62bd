//! The SVG as pixels, on any machine: the font is embedded.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::svg::{Svg, svg};
use crate::{Error, Explanation, Result};

/// DejaVu Sans: Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic, symbols. Its licence is
/// in the same folder.
const FONT: &[u8] = include_bytes!("font/DejaVuSans.ttf");

/// The largest picture, in pixels: 256 MiB of memory.
const MOST: f64 = (1u64 << 26) as f64;

/// The explanation as a PNG file, with `scale` pixels for every pixel of [`svg()`]; use 2 or 3 for
/// print.
///
/// Text is set in the embedded font. Scripts that it lacks, such as Chinese, use the system's fonts
/// if there are any.
pub fn png(e: &Explanation, options: &Svg, scale: f32) -> Result<Vec<u8>> {
    let broken = |problem: String| Error::malformed(Path::new("the picture"), problem);
    let fonts = Options { fontdb: fonts(), font_family: "DejaVu Sans".into(), ..Options::default() };
    let tree = Tree::from_str(&svg(e, options), &fonts).map_err(|error| broken(error.to_string()))?;
    let (width, height) = (tree.size().width() * scale, tree.size().height() * scale);
    let fits = scale > 0.0 && width.is_finite() && height.is_finite() && f64::from(width) * f64::from(height) <= MOST;
    let pixels = if fits { Pixmap::new(width.floor() as u32, height.floor() as u32) } else { None };
    let mut pixels = pixels.ok_or_else(|| Error::Option {
        option: "scale",
        expected: format!("more than 0 and such that the picture has no more than {MOST:.0} pixels"),
        got: scale.to_string(),
    })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| broken(error.to_string()))
}

/// Loaded once: searching the system's fonts takes longer than drawing.
fn fonts() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        fonts.load_font_data(FONT.to_vec());
        fonts.load_system_fonts();
        fonts.set_sans_serif_family("DejaVu Sans");
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::View;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn draws_and_names_a_wrong_scale() {
        for e in [garden(), sized(1), sized(60)] {
            for view in [View::Attribution, View::Interaction] {
                let options = Svg { view: Some(view), ..Svg::default() };
                assert!(png(&e, &options, 1.0).unwrap().starts_with(b"\x89PNG"));
            }
        }
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e9] {
            assert!(matches!(png(&garden(), &Svg::default(), scale), Err(Error::Option { option: "scale", .. })));
        }
    }

    #[test]
    fn the_embedded_font_sets_text_without_any_other() {
        let mut alone = Database::new();
        alone.load_font_data(FONT.to_vec());
        let fonts = Options { fontdb: Arc::new(alone), font_family: "DejaVu Sans".into(), ..Options::default() };
        let tree = Tree::from_str(&svg(&garden(), &Svg::default()), &fonts).unwrap();
        // Text that no font can render is left out, and takes no space.
        assert!(tree.root().abs_bounding_box().width() > 500.0);
        let count = |node: &resvg::usvg::Group| node.children().len();
        assert!(count(tree.root()) > 20);
    }
}
