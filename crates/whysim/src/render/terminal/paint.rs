//! Escape sequences, in one place.

use super::Color;
use crate::render::color::{Rgb, Theme};

/// What the terminal supports.
#[derive(Clone, Copy)]
pub(in crate::render) struct Paint {
    pub color: Color,
    pub theme: Theme,
}

impl Paint {
    /// `text` on the colour of `value` on a scale up to `limit`.
    pub fn on_value(self, text: &str, value: f64, limit: f64) -> String {
        let code = match self.color {
            Color::TrueColor => {
                let ground = self.theme.color(value, limit);
                let (Rgb(r, g, b), Rgb(x, y, z)) = (ground, ground.ink());
                format!("48;2;{r};{g};{b};38;2;{x};{y};{z}")
            }
            Color::None | Color::Ansi256 => {
                let (ground, ink) = self.theme.ansi256(value, limit);
                format!("48;5;{ground};38;5;{ink}")
            }
        };
        self.style(text, &code)
    }

    /// Whether there are no colours.
    pub fn is_plain(self) -> bool {
        self.color == Color::None
    }

    /// Titles.
    pub fn bold(self, text: &str) -> String {
        self.style(text, "1")
    }

    /// Secondary text.
    pub fn dim(self, text: &str) -> String {
        self.style(text, "2")
    }

    fn style(self, text: &str, code: &str) -> String {
        match self.color {
            Color::None => text.to_owned(),
            Color::Ansi256 | Color::TrueColor => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}
