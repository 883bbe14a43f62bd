//! What the terminal can show, according to its environment.

use std::env;

use whysim::render::color::Theme;
use whysim::render::terminal::{Color, Terminal};

use crate::args::{Look, Showing, When};
use crate::output::Target;

/// What the user asks for.
pub struct Wish {
    pub color: When,
    pub theme: Option<Theme>,
}

impl From<&Look> for Wish {
    fn from(look: &Look) -> Self {
        Self { color: look.color, theme: look.theme }
    }
}

impl From<&Showing> for Wish {
    fn from(showing: &Showing) -> Self {
        Self { color: showing.color, theme: showing.theme }
    }
}

/// How text is drawn for `target`.
pub fn terminal(wish: Wish, target: &Target) -> Terminal {
    let default = Terminal::default();
    let width = match target {
        Target::Standard => terminal_size::terminal_size().map_or(default.width, |(width, _)| width.0.into()),
        Target::File(_) => default.width,
    };
    let color = match wish.color {
        When::Never => Color::None,
        When::Auto if !target.is_terminal() || is_set("NO_COLOR") || text("TERM") == "dumb" => Color::None,
        When::Auto => understood(),
        // Whoever forces colours reads them somewhere else, where all but the oldest understand the
        // palette.
        When::Always => match understood() {
            Color::None => Color::Ansi256,
            color => color,
        },
    };
    let theme = wish.theme.or_else(background).unwrap_or(Theme::Dark);
    Terminal { width, color, theme, ..default }
}

fn understood() -> Color {
    let term = text("TERM");
    match text("COLORTERM").as_str() {
        "truecolor" | "24bit" => Color::TrueColor,
        _ if term.ends_with("-direct") => Color::TrueColor,
        _ if term.contains("256color") => Color::Ansi256,
        _ => Color::None,
    }
}

/// rxvt, Konsole and others say `foreground;background` by numbers of the palette of 16; 7 and from
/// 9 on is bright.
fn background() -> Option<Theme> {
    let colors = text("COLORFGBG");
    let ground: u8 = colors.rsplit(';').next()?.parse().ok()?;
    Some(if ground == 7 || ground > 8 { Theme::Light } else { Theme::Dark })
}

fn text(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}
