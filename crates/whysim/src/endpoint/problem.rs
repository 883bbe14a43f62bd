//! What can go wrong with a request, and what to tell the user to do.

use std::time::Duration;

use super::kind::FORMS;
use crate::http::Fault;

/// A failure to get vectors.
#[derive(Debug)]
pub(super) enum Problem {
    /// There was no whole answer.
    Fault(Fault),
    /// The server refuses.
    Status(Refusal),
    /// The server says that the request is too large, or a text too long.
    TooLarge(Refusal),
    /// It sends the request elsewhere.
    Moved(String),
    /// The answer cannot be used.
    Answer(String),
    /// The caller stopped the work.
    Stopped,
}

/// A status that is no success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub code: u16,
    /// What the server says, without the key.
    pub said: String,
    /// The wait that it asks for.
    pub wait: Option<Duration>,
}

/// What in the user's situation determines the advice.
pub(super) struct Advice<'a> {
    /// The environment variable of the key.
    pub variable: &'a str,
    /// Whether a key was sent.
    pub has_key: bool,
    /// The path that was asked.
    pub path: &'a str,
    pub model: Option<&'a str>,
    /// The time-out.
    pub timeout: Duration,
}

impl Refusal {
    /// The refusal as a problem.
    pub(super) fn problem(self) -> Problem {
        match self.code {
            413 => Problem::TooLarge(self),
            // llama.cpp answers 500 to a text that is too long.
            400 | 422 | 500 if is_about_size(&self.said) => Problem::TooLarge(self),
            _ => Problem::Status(self),
        }
    }

    /// True if the same request may succeed later.
    fn is_passing(&self) -> bool {
        match self.code {
            // OpenAI's answer to an account without money.
            429 => !self.said.contains("exceeded your current quota"),
            // 424: a failure of text-embeddings-inference's model.
            408 | 424 => true,
            501 | 505 => false,
            code => code >= 500,
        }
    }

    fn message(&self, advice: &Advice) -> String {
        let Self { code, said, .. } = self;
        let hint = match code {
            401 | 403 if advice.has_key => format!("the key in {} may be wrong, or lack the right", advice.variable),
            401 | 403 => format!("set {} to a key", advice.variable),
            404 => match advice.model {
                Some(model) => format!("the path {} or the model `{model}` is not there", advice.path),
                None => format!("the path {} is not there, or a model must be named; {FORMS}", advice.path),
            },
            405 => format!("the path {} is for something else; {FORMS}", advice.path),
            429 if self.is_passing() => "too many requests: try again later, or with a lower concurrency".to_owned(),
            429 => "the account has nothing left to spend".to_owned(),
            408 | 424 | 500.. => "the server is in trouble: try again later".to_owned(),
            _ => "it refuses the request".to_owned(),
        };
        match said.is_empty() {
            true => format!("status {code}: {hint}"),
            false => format!("status {code}, `{said}`: {hint}"),
        }
    }
}

/// Whether a server's words are about the size of a request or of a text.
fn is_about_size(said: &str) -> bool {
    const WORDS: [&str; 15] = [
        "batch size",
        "batch_size",
        "too large",
        "too long",
        "too many inputs",
        "at most",
        "length limit",
        "context length",
        "tokens per request",
        "must have less than",
        "not be larger than",
        "input length exceeds",
        "maximum sequence length",
        "larger than the maximum",
        "'$.input' is invalid",
    ];
    let said = said.to_ascii_lowercase();
    WORDS.iter().any(|word| said.contains(word))
}

impl Problem {
    /// True if the same request may succeed later. `answered`: the server has answered before, so
    /// that it will probably be back if it is gone.
    pub(super) fn is_passing(&self, answered: Answered) -> bool {
        match self {
            Self::Fault(Fault::Broken(_) | Fault::Silent(_)) => true,
            Self::Fault(Fault::Unreachable(_)) => answered == Answered::Before,
            Self::Status(refusal) => refusal.is_passing(),
            _ => false,
        }
    }

    /// The wait that the server asks for.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Status(refusal) => refusal.wait,
            _ => None,
        }
    }

    /// In a few words, for a note while it is tried again.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Fault(Fault::Broken(cause)) => format!("the connection broke ({cause})"),
            Self::Fault(Fault::Silent(_)) => "no answer in time".to_owned(),
            Self::Fault(_) => "it cannot be reached".to_owned(),
            Self::Status(Refusal { code, .. }) => format!("status {code}"),
            other => format!("{other:?}"),
        }
    }

    /// The message for the user, who reads the address before it.
    pub(super) fn message(&self, advice: &Advice) -> String {
        match self {
            Self::Fault(Fault::Unreachable(cause)) => {
                format!("cannot be reached ({cause}): does the server run, and are host and port right?")
            }
            Self::Fault(Fault::Untrusted(cause)) => format!(
                "is not to be trusted ({cause}): if the server has a certificate of its own, set SSL_CERT_FILE to a file with \
                 that of its authority; if it speaks plain HTTP, give http://"
            ),
            Self::Fault(Fault::Broken(cause)) => format!("the connection broke ({cause}); try again"),
            Self::Fault(Fault::Silent(cause)) => format!(
                "no whole answer within {} s ({cause}): try again with a longer time-out or smaller batches",
                advice.timeout.as_secs_f64()
            ),
            Self::Fault(Fault::NoAddress) => "is not a web address".to_owned(),
            Self::Status(refusal) => refusal.message(advice),
            Self::TooLarge(Refusal { code, said, .. }) => {
                format!("the text is too long for it: status {code}, `{said}`")
            }
            Self::Moved(place) => {
                format!("it redirects to {place}, where texts and key are not sent unasked: give that address")
            }
            Self::Answer(what) => what.clone(),
            Self::Stopped => "stopped".to_owned(),
        }
    }
}

/// Whether the server has answered anything so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    Before,
    Never,
}
