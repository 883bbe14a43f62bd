//! The SVG as shapes alone, on any machine: text is set in an embedded font and becomes its
//! outlines.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

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
    use crate::explanation::sample::garden;

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
