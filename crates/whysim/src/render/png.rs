//! The SVG as pixels.

use std::path::Path;

use resvg::tiny_skia::{Pixmap, Transform};

use super::outline;
use super::svg::Svg;
use crate::{Error, Explanation, Result};

/// The largest picture, in pixels: 256 MiB of memory.
const MOST: f64 = (1u64 << 26) as f64;

/// The explanation as a PNG file, with `scale` pixels for every pixel of [`svg()`](super::svg());
/// use 2 or 3 for print.
///
/// Text is set in the embedded font. Scripts that it lacks, such as Chinese, use the system's fonts
/// if there are any; [`missing_letters`](super::missing_letters) are those that no font has.
pub fn png(e: &Explanation, options: &Svg, scale: f32) -> Result<Vec<u8>> {
    let tree = outline::tree(e, options)?;
    let (width, height) = (tree.size().width() * scale, tree.size().height() * scale);
    let fits = scale > 0.0 && width.is_finite() && height.is_finite() && f64::from(width) * f64::from(height) <= MOST;
    let pixels = if fits { Pixmap::new(width.floor() as u32, height.floor() as u32) } else { None };
    let mut pixels = pixels.ok_or_else(|| Error::Option {
        option: "scale",
        expected: format!("more than 0 and such that the picture has no more than {MOST:.0} pixels"),
        got: scale.to_string(),
    })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| Error::malformed(Path::new("the picture"), error.to_string()))
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
}
