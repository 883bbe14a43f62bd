//! What can go wrong between here and a server, and what to tell the user to do.

use std::io;
use std::path::Path;

/// A failure to get something.
#[derive(Debug)]
pub(super) enum Problem {
    /// No answer: no network, no such host, refused, or silent from the start.
    Unreachable { host: String, cause: String },
    /// An answer from somebody who cannot prove to be that server.
    Untrusted { host: String, cause: String },
    /// The connection was lost in the middle, or fell silent.
    Broken { host: String, cause: String },
    /// The server answered, but with no file.
    Status { url: String, code: u16, hub_code: String },
    /// What came is not what was asked for.
    Corrupt(String),
    /// The disk did not take it.
    Disk(String),
    /// The user wants no more of it.
    Stopped,
    /// The server has it, but it is of no use.
    Unusable(String),
}

impl Problem {
    /// An error of the disk at `path`.
    pub(super) fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let place = path.display().to_string();
        move |error| {
            let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
            let hint = match is_full {
                true => {
                    ": no space is left there; free some, or set HF_HOME and WHYSIM_CACHE to folders on another disk"
                }
                false => "",
            };
            Self::Disk(format!("cannot {action} {place}: {error}{hint}"))
        }
    }

    /// True if the same request may well succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Broken { .. } => true,
            Self::Status { code, .. } => matches!(code, 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// True if the server knows the repository and says that it has no such revision.
    pub(super) fn is_no_revision(&self) -> bool {
        matches!(self, Self::Status { hub_code, .. } if hub_code == "RevisionNotFound")
    }

    /// The message for a user who asked for a published checkpoint.
    pub(super) fn of_checkpoint(self) -> String {
        match self {
            Self::Status { url, code: code @ (404 | 410), .. } => format!(
                "{url} is not there (status {code}): the server may have moved it; set WHYSIM_EXACT_URL to a folder on the \
                 web that has it, or give a folder"
            ),
            Self::Unreachable { .. } => {
                format!("{} If there is one, set WHYSIM_EXACT_URL to a mirror, or give a folder", self.cause())
            }
            other => other.cause(),
        }
    }

    /// The message for a user who asked for a model on the hub.
    pub(super) fn of_hub(self, repo: &str, revision: &str, advice: &Advice) -> String {
        match self {
            Self::Status { .. } if self.is_no_revision() => {
                format!("{repo} has no revision `{revision}` on the hub; leave it out for `main`")
            }
            // Without a token the hub answers 401 for a repository that does not exist, to tell
            // nothing of private ones.
            Self::Status { code: 404, .. } | Self::Status { code: 401, .. } if self.is_no_repo() => {
                format!("there is no model {repo} on the hub, or it is private; {}", advice.missing())
            }
            Self::Status { code: code @ (401 | 403), hub_code, .. } => match hub_code == "GatedRepo" {
                true => format!(
                    "{repo} is gated (status {code}): ask for access on its page on the hub, and then {}",
                    advice.token()
                ),
                false => format!("the hub refuses access to {repo} (status {code}): {}", advice.token()),
            },
            Self::Unreachable { .. } => {
                format!("{} If there is one, set HF_ENDPOINT to a mirror, or give a folder", self.cause())
            }
            other => other.cause(),
        }
    }

    fn is_no_repo(&self) -> bool {
        matches!(self, Self::Status { code, hub_code, .. }
            if hub_code == "RepoNotFound" || (*code == 404 && hub_code.is_empty()))
    }

    /// What failed, without advice that depends on what was asked for.
    pub(super) fn cause(self) -> String {
        match self {
            Self::Unreachable { host, cause } => format!("{host} cannot be reached ({cause}): is there no network?"),
            Self::Untrusted { host, cause } => format!(
                "{host} is not to be trusted ({cause}): if a proxy of your own stands between, set SSL_CERT_FILE to a file \
                 with the certificate of its authority"
            ),
            Self::Broken { host, cause } => {
                format!("the connection to {host} broke ({cause}); what came is kept: try again to go on from there")
            }
            Self::Status { url, code: 429, .. } => format!("{url}: too many requests (status 429); try again later"),
            Self::Status { url, code: code @ 500.., .. } => {
                format!("{url}: the server is in trouble (status {code}); try again later")
            }
            Self::Status { url, code, .. } => {
                format!("{url}: the server answers with status {code}, not with the file")
            }
            Self::Corrupt(what) => format!("{what}; it was deleted: try again"),
            Self::Stopped => "stopped; what came is kept: try again to go on from there".into(),
            Self::Disk(what) | Self::Unusable(what) => what,
        }
    }
}

/// What is known of the user's situation that decides the advice.
pub(super) struct Advice {
    /// A token was sent.
    pub has_token: bool,
    /// The name was typed without an organisation.
    pub bare: bool,
}

impl Advice {
    fn token(&self) -> &'static str {
        match self.has_token {
            true => {
                "the token that was sent (HF_TOKEN or the token file) may have expired or lack the right to read it"
            }
            false => "set HF_TOKEN to a token that may read it",
        }
    }

    fn missing(&self) -> String {
        let name = match self.bare {
            true => "give it as `org/name` if it is not one of sentence-transformers' own",
            false => "check the spelling",
        };
        format!("{name}, or, if it is private, {}", self.token())
    }
}
