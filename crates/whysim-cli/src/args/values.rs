//! The values of options: names that stand for something, and numbers in their range.

use std::ffi::OsStr;
use std::path::Path;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use whysim::Similarity;
use whysim::evaluate::Metric;
use whysim::pairs::Format as DataFormat;
use whysim::path::{Precision, Rule};
use whysim::render::color::Theme;
use whysim::report::{Removal, Value};
use whysim::text::Unit;
use whysim::train::{Dropout, Objective};

/// The forms of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A heatmap, the strongest pairs and the ledger, for a terminal
    Text,
    /// Every number, for programs
    Json,
    /// A page to explore the pair in, without any network
    Html,
    /// A picture for papers
    Svg,
    /// The same in pixels
    Png,
}

impl Format {
    /// The form that a file's ending asks for.
    pub fn of(file: &Path) -> Option<Self> {
        match file.extension().and_then(OsStr::to_str)?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "json" => Some(Self::Json),
            "html" | "htm" => Some(Self::Html),
            "svg" => Some(Self::Svg),
            "png" => Some(Self::Png),
            _ => None,
        }
    }
}

/// The forms of plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plain {
    Text,
    Json,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Page {
    /// Tables, for a terminal
    Text,
    /// Every number, for programs
    Json,
    /// A page with plots, without any network
    Html,
}

impl Page {
    /// The form that a file's ending asks for.
    pub fn of(file: &Path) -> Option<Self> {
        match Format::of(file)? {
            Format::Text => Some(Self::Text),
            Format::Json => Some(Self::Json),
            Format::Html => Some(Self::Html),
            Format::Svg | Format::Png => None,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

pub(super) fn layer(text: &str) -> Result<i64, String> {
    match text {
        "embeddings" => Ok(0),
        number => number.parse().map_err(|_| "expected a whole number, negative from the end, or `embeddings`".into()),
    }
}

pub(super) fn tolerance(text: &str) -> Result<f64, String> {
    let positive = |value: &f64| *value > 0.0 && value.is_finite();
    text.parse().ok().filter(positive).ok_or_else(|| "expected a number above 0, such as 1e-4".into())
}

/// One of a few names, each of which stands for a value of the library's.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    names: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    let parser = PossibleValuesParser::new(names.map(|(name, _)| name));
    parser.try_map(move |typed| {
        let value = names.iter().find(|(name, _)| *name == typed).map(|&(_, value)| value);
        value.ok_or("no such name")
    })
}

pub(super) fn rule() -> impl TypedValueParser<Value = Rule> {
    one_of([("gauss-legendre", Rule::GaussLegendre), ("riemann", Rule::Riemann)])
}

pub(super) fn precision() -> impl TypedValueParser<Value = Precision> {
    one_of([("float32", Precision::Float32), ("bfloat16", Precision::BFloat16)])
}

pub(super) fn similarity() -> impl TypedValueParser<Value = Similarity> {
    one_of([("cos", Similarity::Cos), ("dot", Similarity::Dot)])
}

pub(super) fn unit() -> impl TypedValueParser<Value = Unit> {
    one_of([("token", Unit::Token), ("word", Unit::Word), ("sentence", Unit::Sentence)])
}

pub(super) fn removal() -> impl TypedValueParser<Value = Removal> {
    one_of([
        ("delete", Removal::Delete),
        ("mask-token", Removal::MaskToken),
        ("attention-mask", Removal::AttentionMask),
    ])
}

pub(super) fn value() -> impl TypedValueParser<Value = Value> {
    one_of([("similarity", Value::Similarity), ("interaction", Value::Interaction)])
}

pub(super) fn metric() -> impl TypedValueParser<Value = Metric> {
    one_of([
        ("predictive", Metric::Predictive),
        ("accuracy", Metric::Accuracy),
        ("agreement", Metric::Agreement),
        ("insertion", Metric::Insertion),
        ("coalitions", Metric::Coalitions),
        ("differences", Metric::Differences),
        ("pointing", Metric::Pointing),
        ("sanity", Metric::Sanity),
    ])
}

pub(super) fn theme() -> impl TypedValueParser<Value = Theme> {
    one_of([("light", Theme::Light), ("dark", Theme::Dark)])
}

pub(super) fn objective() -> impl TypedValueParser<Value = Objective> {
    one_of([("gold", Objective::Gold), ("distill", Objective::Distill)])
}

pub(super) fn dropout() -> impl TypedValueParser<Value = Dropout> {
    one_of([("config", Dropout::Config), ("off", Dropout::Off)])
}

pub(super) fn data_format() -> impl TypedValueParser<Value = DataFormat> {
    one_of([
        ("sts", DataFormat::Sts),
        ("csv", DataFormat::Csv),
        ("tsv", DataFormat::Tsv),
        ("jsonl", DataFormat::JsonLines),
        ("parquet", DataFormat::Parquet),
        ("lines", DataFormat::Lines),
    ])
}

pub(super) fn range(text: &str) -> Result<(f64, f64), String> {
    let ends = text.split_once(',').and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    ends.filter(|(low, high): &(f64, f64)| low < high).ok_or_else(|| "expected two numbers, such as 0,5".into())
}
