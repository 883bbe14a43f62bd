//! The error type. Every message says what is wrong, what was expected, and how to fix it.

use std::path::{Path, PathBuf};

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A file, folder or download that is missing, unreadable, or in the way.
    File,
    /// The model is broken, or of a kind that is not supported.
    Model,
    /// A text, an option, or decompositions that do not match.
    Input,
    /// The caller stopped the work.
    Stopped,
    /// Training failed.
    Training,
    /// An embedder or a server that cannot be reached, refuses, or answers wrongly.
    Service,
}

/// Everything that can go wrong; [`Error::kind`] groups it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was attempted: `read`, `write`, `create`, `remove`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file that the model needs is not in its folder.
    #[error("{} is missing: {hint}", path.display())]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
        /// Where it should come from.
        hint: String,
    },
    /// A file exists but its contents are wrong.
    #[error("{} is not usable: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// A score of a file of pairs is off the scale.
    #[error("{} is not usable: {problem}", path.display())]
    Score {
        /// The file.
        path: PathBuf,
        /// Which score it is, and what scale.
        problem: String,
        /// A usual range that holds all of the file's scores, if there is one.
        likely: Option<(f64, f64)>,
    },
    /// A row of a file of texts has none.
    #[error("{} is not usable: {place}: its text is {what}: give it one, or skip empty texts", path.display())]
    EmptyRow {
        /// The file.
        path: PathBuf,
        /// The row, for example `line 3`.
        place: String,
        /// `empty` or `null`.
        what: &'static str,
    },
    /// A file of texts has no such column.
    #[error("{} is not usable: {problem}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// What is missing, and what there is.
        problem: String,
    },
    /// The model is well-formed, but of a kind that is not supported.
    #[error("unsupported {what} `{got}`; supported: {supported}")]
    Unsupported {
        /// The kind of thing, such as `model_type`.
        what: &'static str,
        /// What the model asks for.
        got: String,
        /// What would work.
        supported: String,
    },
    /// A key of a model's file has a value that cannot be honoured.
    #[error("{}: `{key}` is {value}: {problem}", path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// Its value, as JSON.
        value: String,
        /// Why it cannot be honoured, and what to do.
        problem: String,
    },
    /// A weight's shape is not the one that the config implies.
    #[error(
        "weight `{name}` has shape {got:?}, but the model's config asks for {expected:?}: the weights and the config are not from the same model"
    )]
    Shape {
        /// The weight's name in the file.
        name: String,
        /// The shape that the config implies.
        expected: Vec<usize>,
        /// The shape in the file.
        got: Vec<usize>,
    },
    /// A weight is NaN or infinite.
    #[error("weight `{name}` holds NaN or infinite values: the checkpoint is broken; fetch it again or train it again")]
    NotFinite {
        /// The weight's name in the file.
        name: String,
    },
    /// A model's numbers became NaN or infinite, though its weights are finite.
    #[error(
        "the model's numbers become NaN or infinite for {what}: its weights are broken, or too large for single precision; \
         fetch it again or train it again"
    )]
    Overflow {
        /// For what, for example `text A`.
        what: String,
    },
    /// The text has no token to attribute anything to.
    #[error("text {which} is empty: the model finds no token in it; give at least one word")]
    EmptyText {
        /// Which text, for example `A` or `number 3`.
        which: String,
    },
    /// The layer does not exist.
    #[error("there is no layer {got}: this model has layers 0 (embeddings) to {last} (the last layer's output), or -{} to -1", last + 1)]
    Layer {
        /// The layer that was asked for.
        got: i64,
        /// The model's number of encoder layers L.
        last: usize,
    },
    /// An option's value is out of its range.
    #[error("{option} must be {expected}, not {got}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What is allowed.
        expected: String,
        /// What was given.
        got: String,
    },
    /// Two decompositions were made in different ways, so their product is meaningless.
    #[error("these decompositions cannot be paired: {0}; decompose both texts with the same model and options")]
    Recipe(String),
    /// The tokenizer failed or does not fit the model.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// A model could not be found or downloaded.
    #[error("cannot get the model `{model}`: {problem}")]
    Fetch {
        /// The model's name as given.
        model: String,
        /// What failed and what to do.
        problem: String,
    },
    /// An embedder gave something other than vectors of texts.
    #[error("cannot embed with {name}: {problem}")]
    Embedder {
        /// What results call the embedder.
        name: String,
        /// What is wrong with what it gave.
        problem: String,
    },
    /// A server of embeddings could not be used.
    #[error("{endpoint}: {problem}")]
    Endpoint {
        /// The server's address, without what may be secret in it.
        endpoint: String,
        /// What failed and what to do.
        problem: String,
    },
    /// The loss or its gradients became NaN or infinite.
    #[error(
        "training diverged: at step {step} the loss or its gradients became NaN or infinite; the last checkpoint is kept; try a smaller learning rate"
    )]
    Diverged {
        /// The step, counted from 1.
        step: usize,
    },
    /// The caller stopped training; there is a checkpoint.
    #[error("stopped after step {step}, with a checkpoint in {}; resume the run to continue", path.display())]
    Paused {
        /// Steps done.
        step: usize,
        /// The unfinished run's folder.
        path: PathBuf,
    },
    /// Something would be overwritten.
    #[error("{what}")]
    Exists {
        /// What is there, and what to do.
        what: String,
    },
    /// A folder is not an index that can be used as it was asked for.
    #[error("{}: {problem}", path.display())]
    Index {
        /// The folder.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The caller stopped the making of an index; what is done is kept.
    #[error("stopped; what is done is kept in {}: run the same again to continue", path.display())]
    Unfinished {
        /// The index's folder.
        path: PathBuf,
    },
    /// The caller stopped work on many pairs; what is done is a result of its own.
    #[error("stopped after {done} of {all} pairs; the result has these")]
    Partial {
        /// Pairs that are done.
        done: usize,
        /// Pairs that there are.
        all: usize,
    },
    /// The work was stopped by the caller.
    #[error("stopped before it finished; nothing was written")]
    Interrupted,
}

impl Error {
    /// What the error is about.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Io { .. } | Self::Missing { .. } | Self::Fetch { .. } | Self::Exists { .. } | Self::Index { .. } => {
                Kind::File
            }
            Self::Malformed { .. }
            | Self::EmptyRow { .. }
            | Self::Score { .. }
            | Self::Column { .. }
            | Self::Setting { .. }
            | Self::Unsupported { .. }
            | Self::Shape { .. }
            | Self::NotFinite { .. } => Kind::Model,
            Self::Tokenizer(_) | Self::Overflow { .. } => Kind::Model,
            Self::EmptyText { .. } | Self::Layer { .. } | Self::Option { .. } | Self::Recipe(_) => Kind::Input,
            Self::Paused { .. } | Self::Unfinished { .. } | Self::Partial { .. } | Self::Interrupted => Kind::Stopped,
            Self::Diverged { .. } => Kind::Training,
            Self::Endpoint { .. } | Self::Embedder { .. } => Kind::Service,
        }
    }

    /// An [`Error::Io`] that still needs its source: `.map_err(Error::io("read", path))`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// [`Error::Overflow`] unless all numbers are finite.
    pub(crate) fn check_finite<'a>(
        values: impl IntoIterator<Item = &'a f64>,
        what: impl FnOnce() -> String,
    ) -> Result<()> {
        match values.into_iter().all(|v| v.is_finite()) {
            true => Ok(()),
            false => Err(Self::Overflow { what: what() }),
        }
    }

    /// An [`Error::Index`].
    #[cfg(feature = "index")]
    pub(crate) fn index(path: &Path, problem: impl ToString) -> Self {
        Self::Index { path: path.to_owned(), problem: problem.to_string() }
    }

    /// An [`Error::Malformed`].
    pub fn malformed(path: &Path, problem: impl ToString) -> Self {
        Self::Malformed { path: path.to_owned(), problem: problem.to_string() }
    }

    /// An [`Error::Setting`]. Of a long value only the beginning is shown.
    pub(crate) fn setting(path: &Path, key: &str, value: &serde_json::Value, problem: impl ToString) -> Self {
        const SHOWN: usize = 100;
        let mut value = value.to_string();
        if let Some((end, _)) = value.char_indices().nth(SHOWN) {
            value.truncate(end);
            value.push('…');
        }
        Self::Setting { path: path.to_owned(), key: key.to_owned(), value, problem: problem.to_string() }
    }
}
