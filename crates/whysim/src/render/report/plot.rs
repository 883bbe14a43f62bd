//! Plots as SVG: lines with bands, and dots with whiskers. Colours are classes, so the page chooses
//! between light and dark.

use std::fmt::Write;

use crate::render::label::escape;
use crate::report::Estimate;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 220.0;
/// Space for ticks and names: left, top, right, bottom.
const ROOM: [f64; 4] = [58.0, 28.0, 14.0, 40.0];

/// The scale that maps values to positions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    Log,
}

/// An axis: its ends, and its labelled positions.
pub(super) struct Axis {
    pub name: String,
    pub scale: Scale,
    pub ends: [f64; 2],
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From the smallest to the largest value, rounded outwards.
    pub fn linear(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let (least, most) = range(values.filter(|v| v.is_finite()));
        // Equal values, or none, define no scale.
        let most = if most - least < 1e-9 { least + 1.0 } else { most };
        let rough = (most - least) / 4.0;
        let power = 10f64.powi(rough.log10().floor() as i32);
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|&s| s >= rough).unwrap_or(power);
        let (from, to) = ((least / step).floor() as i64, (most / step).ceil() as i64);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let tick = |i: i64| (i as f64 * step, format!("{:.decimals$}", i as f64 * step).replace('-', "−"));
        let to = to.max(from + 1);
        Self {
            name: name.into(),
            scale: Scale::Linear,
            ends: [from as f64 * step, to as f64 * step],
            ticks: (from..=to).map(tick).collect(),
        }
    }

    /// Whole powers of ten around the values.
    pub fn powers(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let (least, most) = range(values.filter(|v| *v > 0.0 && v.is_finite()).map(f64::log10));
        let (from, to) = (least.floor() as i32, (most.ceil() as i32).max(least.floor() as i32 + 1));
        let every = ((to - from) / 5).max(1) as usize;
        let tick = |power: i32| (10f64.powi(power), format!("1e{power}").replace('-', "−"));
        Self {
            name: name.into(),
            scale: Scale::Log,
            ends: [10f64.powi(from), 10f64.powi(to)],
            ticks: (from..=to).step_by(every).map(tick).collect(),
        }
    }

    /// The position between the two ends, as a share from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let [from, to] = self.ends;
        let share = match self.scale {
            Scale::Linear => (value - from) / (to - from),
            Scale::Log => (value.max(f64::MIN_POSITIVE) / from).ln() / (to / from).ln(),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), v| (l.min(v), m.max(v)));
    if least <= most { (least, most) } else { (0.0, 1.0) }
}

/// A line and its band.
pub(super) struct Series {
    /// The class of its colour and stroke: `one`, `two` or `rest`.
    pub class: &'static str,
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// Lower and upper edge; empty if there is no band.
    pub band: Vec<(f64, f64, f64)>,
}

/// Lines on a pair of axes.
pub(super) struct Plot {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

impl Plot {
    pub fn svg(&self) -> String {
        let mut out = head(&self.title, HEIGHT);
        self.grid(&mut out);
        for series in &self.series {
            let class = series.class;
            let upper = series.band.iter().map(|&(x, _, high)| self.at(x, high));
            let lower = series.band.iter().rev().map(|&(x, low, _)| self.at(x, low));
            let edge: Vec<String> = upper.chain(lower).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            if !edge.is_empty() {
                // Writing to memory cannot fail, here or below.
                let _ = writeln!(out, "<polygon class=\"band {class}\" points=\"{}\"/>", edge.join(" "));
            }
            let line: Vec<String> =
                series.points.iter().map(|&(x, y)| self.at(x, y)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let _ = writeln!(out, "<polyline class=\"line {class}\" points=\"{}\"/>", line.join(" "));
            for &(x, y) in &series.points {
                let (cx, cy) = self.at(x, y);
                let title = format!("{}: {}", series.name, super::short(y));
                let _ = writeln!(
                    out,
                    "<circle class=\"dot {class}\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3\"><title>{}</title></circle>",
                    escape(&title)
                );
            }
        }
        out + "</svg>\n"
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, top, right, bottom] = ROOM;
        let (width, height) = (WIDTH - left - right, HEIGHT - top - bottom);
        (left + self.x.place(x) * width, top + (1.0 - self.y.place(y)) * height)
    }

    fn grid(&self, out: &mut String) {
        let [left, top, right, bottom] = ROOM;
        for (value, name) in &self.y.ticks {
            let (_, y) = self.at(self.x.ends[0], *value);
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                WIDTH - right
            );
            out.push_str(&text(left - 6.0, y + 4.0, "end", "tick", name));
        }
        for (value, name) in &self.x.ticks {
            let (x, _) = self.at(*value, self.y.ends[0]);
            out.push_str(&text(x, HEIGHT - bottom + 15.0, "middle", "tick", name));
        }
        out.push_str(&text((left + WIDTH - right) / 2.0, HEIGHT - 6.0, "middle", "tick", &self.x.name));
        let _ = writeln!(
            out,
            "<text class=\"tick\" text-anchor=\"middle\" transform=\"translate(12 {:.1}) rotate(-90)\">{}</text>",
            (top + HEIGHT - bottom) / 2.0,
            escape(&self.y.name)
        );
    }
}

/// Rows with a number and its interval each.
pub(super) struct Dots {
    pub title: String,
    pub rows: Vec<(String, Option<Estimate>)>,
}

impl Dots {
    pub fn svg(&self) -> String {
        const LEFT: f64 = 140.0;
        let height = 46.0 + 22.0 * self.rows.len() as f64;
        let ends = self.rows.iter().filter_map(|(_, e)| e.as_ref()).flat_map(|e| [e.low, e.high, e.value]);
        let axis = Axis::linear("", ends.chain([0.0]));
        let at = |value: f64| LEFT + axis.place(value) * (WIDTH - LEFT - 16.0);
        let mut out = head(&self.title, height);
        for (value, name) in &axis.ticks {
            let (x, class) = (at(*value), if *value == 0.0 { "zero" } else { "grid" });
            let _ = writeln!(
                out,
                "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"24\" y2=\"{:.1}\"/>",
                height - 18.0
            );
            out.push_str(&text(x, height - 5.0, "middle", "tick", name));
        }
        for (i, (name, estimate)) in self.rows.iter().enumerate() {
            let y = 38.0 + 22.0 * i as f64;
            out.push_str(&text(LEFT - 8.0, y + 4.0, "end", "name", name));
            let Some(e) = estimate else { continue };
            let class = if i == 0 { "one" } else { "rest" };
            let (low, high, x) = (at(e.low), at(e.high), at(e.value));
            let _ = writeln!(
                out,
                "<line class=\"whisker {class}\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y}\" y2=\"{y}\"/>"
            );
            let title = escape(&super::cell(estimate));
            let _ = writeln!(
                out,
                "<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y}\" r=\"4.5\"><title>{title}</title></circle>"
            );
        }
        out + "</svg>\n"
    }
}

fn head(title: &str, height: f64) -> String {
    let name = escape(title);
    let open = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"{name}\">\n"
    );
    open + &text(0.0, 14.0, "start", "title", title)
}

fn text(x: f64, y: f64, anchor: &str, class: &str, content: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n", escape(content))
}
