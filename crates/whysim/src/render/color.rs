//! The diverging colour map: blue below zero and orange above, which people with any common form of
//! colour blindness can tell apart.
//!
//! Lightness changes at the same rate on both sides, so that equal magnitudes look equally strong
//! and a greyscale print still shows them. On a dark background zero is dark and both sides grow
//! brighter.

use crate::names::named;

/// The background that the colours are made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near-black.
    Dark,
}

named!(Theme, "theme", [("light", Light), ("dark", Dark)]);

/// A colour as red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// From zero outwards, at equal steps.
type Arm = [Rgb; 5];

const LIGHT_BELOW: Arm =
    [Rgb(255, 255, 255), Rgb(199, 222, 243), Rgb(125, 176, 222), Rgb(52, 118, 186), Rgb(13, 66, 133)];
const LIGHT_ABOVE: Arm =
    [Rgb(255, 255, 255), Rgb(253, 217, 178), Rgb(248, 163, 84), Rgb(211, 102, 20), Rgb(139, 58, 6)];
const DARK_BELOW: Arm = [Rgb(30, 34, 41), Rgb(29, 62, 99), Rgb(38, 100, 163), Rgb(77, 151, 217), Rgb(157, 206, 250)];
const DARK_ABOVE: Arm = [Rgb(30, 34, 41), Rgb(92, 50, 20), Rgb(158, 82, 20), Rgb(224, 130, 45), Rgb(255, 195, 125)];

impl Theme {
    /// The colour of `value` on a scale from `-limit` to `limit`; beyond it, the last colour.
    pub fn color(self, value: f64, limit: f64) -> Rgb {
        let [below, above] = self.arms();
        let arm = if value < 0.0 { below } else { above };
        let share = (value / limit).abs();
        // NaN comes from 0 / 0 or from the caller; either way it has no magnitude.
        let at = if share.is_finite() { share.min(1.0) * 4.0 } else { 0.0 };
        let (from, rest) = ((at as usize).min(3), at - (at as usize).min(3) as f64);
        arm[from].mix(arm[from + 1], rest)
    }

    /// The ground of a value and the ink on it, as declarations of an element's `style`; empty for
    /// what is next to nothing, so that it is not seen around every word.
    pub(super) fn fixed(self, value: f64, limit: f64) -> String {
        let ground = self.color(value, limit);
        if !is_seen(value, limit) {
            return String::new();
        }
        format!("background-color:{};color:{}", ground.hex(), ground.ink().hex())
    }

    /// The same where the reader's colour scheme decides. The plain light ones come first, since
    /// sanitizers of notebooks drop what they do not know.
    pub(super) fn adaptive(value: f64, limit: f64) -> String {
        if !is_seen(value, limit) {
            return String::new();
        }
        let [light, dark] = [Self::Light, Self::Dark].map(|theme| theme.color(value, limit));
        let both = |light: Rgb, dark: Rgb| format!("light-dark({},{})", light.hex(), dark.hex());
        let (ground, ink) = (both(light, dark), both(light.ink(), dark.ink()));
        format!("{};background-color:{ground};color:{ink}", Self::Light.fixed(value, limit))
    }

    /// The same for any ground and any ink that can be read on it: see-through, up to two thirds.
    /// Of all such colours the sanitizers of notebooks know those of eight digits.
    pub(super) fn see_through(value: f64, limit: f64) -> String {
        if !is_seen(value, limit) {
            return String::new();
        }
        let strong = if value < 0.0 { LIGHT_BELOW[3] } else { LIGHT_ABOVE[3] };
        // Weak values as strong as they are on white.
        let share = (value / limit).abs().min(1.0).powf(0.6);
        format!("background-color:{}{:02x}", strong.hex(), (168.0 * share).round() as u8)
    }

    /// The same in the palette of 256 colours: the entry, and the entry for text on it.
    ///
    /// Chosen by hand: the entry nearest to a pale orange is a yellow or a pink, and the map would
    /// lose its two hues.
    pub fn ansi256(self, value: f64, limit: f64) -> (u8, u8) {
        let [below, above] = match self {
            Self::Light => [[231, 153, 111, 68, 25, 18], [231, 223, 215, 172, 166, 130]],
            Self::Dark => [[235, 17, 24, 32, 75, 153], [235, 94, 130, 172, 215, 223]],
        };
        let share = (value / limit).abs();
        let step = if share.is_finite() { (share.min(1.0) * 5.0).round() as usize } else { 0 };
        let ground = if value < 0.0 { below[step] } else { above[step] };
        (ground, if Rgb::palette(ground).ink() == Rgb(0, 0, 0) { 16 } else { 231 })
    }

    /// The anchors below and above zero, from zero outwards.
    pub fn arms(self) -> [[Rgb; 5]; 2] {
        match self {
            Self::Light => [LIGHT_BELOW, LIGHT_ABOVE],
            Self::Dark => [DARK_BELOW, DARK_ABOVE],
        }
    }
}

impl Rgb {
    /// `share` of the way to `other`.
    fn mix(self, other: Rgb, share: f64) -> Rgb {
        let channel = |x: u8, y: u8| (f64::from(x) + share * (f64::from(y) - f64::from(x))).round() as u8;
        Rgb(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }

    /// WCAG's relative luminance, 0 to 1.
    pub fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Black or white, whichever reads better on this colour.
    pub fn ink(self) -> Rgb {
        // Where the contrasts to black and to white are equal: (L + .05)^2 = 1.05 * .05.
        if self.luminance() > 0.179 { Rgb(0, 0, 0) } else { Rgb(255, 255, 255) }
    }

    /// `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Entry `code` of the 256-colour palette, from 16 on: the cube and the grey ramp. The first 16
    /// are the user's own.
    fn palette(code: u8) -> Rgb {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        if code >= 232 {
            let grey = 8 + 10 * (code - 232);
            return Rgb(grey, grey, grey);
        }
        let i = usize::from(code.saturating_sub(16));
        Rgb(LEVELS[i / 36], LEVELS[i / 6 % 6], LEVELS[i % 6])
    }
}

/// Whether a value is more than next to nothing on its scale.
fn is_seen(value: f64, limit: f64) -> bool {
    value.is_finite() && value.abs() > 0.02 * limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_the_ground_and_both_arms_are_equally_strong() {
        for theme in [Theme::Light, Theme::Dark] {
            assert_eq!(theme.color(0.0, 1.0), theme.color(-0.0, 1.0));
            for step in 1..=20 {
                let at = f64::from(step) / 20.0;
                let (above, below) = (theme.color(at, 1.0).luminance(), theme.color(-at, 1.0).luminance());
                assert!((above - below).abs() < 0.1, "{theme:?} {at}: {above} {below}");
            }
        }
    }

    #[test]
    fn odd_values_have_a_colour() {
        let zero = Theme::Light.color(0.0, 1.0);
        assert_eq!(Theme::Light.color(f64::NAN, 1.0), zero);
        assert_eq!(Theme::Light.color(0.0, 0.0), zero);
        assert_eq!(Theme::Light.color(9.0, 1.0), LIGHT_ABOVE[4]);
        assert_eq!(Theme::Light.color(-9.0, 1.0), LIGHT_BELOW[4]);
    }

    #[test]
    fn ink_contrasts_by_at_least_four_and_a_half() {
        for theme in [Theme::Light, Theme::Dark] {
            for step in -50..=50 {
                let ground = theme.color(f64::from(step), 50.0);
                let (x, y) = (ground.luminance() + 0.05, ground.ink().luminance() + 0.05);
                assert!(x.max(y) / x.min(y) > 4.5, "{ground:?}");
            }
        }
    }

    #[test]
    fn see_through_grounds_can_be_read_on_white_and_on_black() {
        for (value, under, ink) in [(1.0, 255.0, 0.0), (-1.0, 255.0, 0.0), (1.0, 17.0, 1.0), (-1.0, 17.0, 1.0)] {
            let style = Theme::see_through(value, 1.0);
            let digits = style.split_once('#').unwrap().1;
            let part = |at: usize| f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
            let channel = |at: usize| (under + (part(at) - under) * part(6) / 255.0).round() as u8;
            let ground = Rgb(channel(0), channel(2), channel(4)).luminance() + 0.05;
            assert!((ground / (ink + 0.05)).max((ink + 0.05) / ground) > 4.5, "{style} on {under}");
        }
        assert_eq!([0.02, -0.01, 0.0, f64::NAN].map(|value| Theme::see_through(value, 1.0)), [""; 4]);
    }

    #[test]
    fn the_palette_of_256_is_read_right_and_readable() {
        assert_eq!([231, 67, 232].map(Rgb::palette), [Rgb(255, 255, 255), Rgb(95, 135, 175), Rgb(8, 8, 8)]);
        for theme in [Theme::Light, Theme::Dark] {
            for step in -10..=10 {
                let (ground, ink) = theme.ansi256(f64::from(step), 10.0);
                let (x, y) = (Rgb::palette(ground).luminance() + 0.05, Rgb::palette(ink).luminance() + 0.05);
                assert!(x.max(y) / x.min(y) > 4.5, "{ground} {ink}");
            }
        }
    }
}
