//! What can go wrong with a download, and what to tell the user to do.

use std::io;
use std::path::Path;

/// A failure to get something.
#[derive(Debug)]
pub(super) enum Problem {
    /// No response: no network, no such host, refused, or silent from the start.
    Unreachable { host: String, cause: String },
    /// The other side cannot prove that it is that server.
    Untrusted { host: String, cause: String },
    /// The connection was lost midway, went silent, or was too slow.
    Broken { host: String, cause: String, kept: bool },
    /// The server responded, but not with a file.
    Status { url: String, code: u16, hub_code: String },
    /// The data is not what was requested.
    Corrupt(String),
    /// Writing to disk failed.
    Disk(String),
    /// The cache cannot be written to.
    ReadOnly(String),
    /// The user cancelled.
    Stopped { kept: bool },
    /// The server has it, but it cannot be used.
    Unusable(String),
}

impl Problem {
    /// A disk error at `path`.
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
            let message = format!("cannot {action} {place}: {error}{hint}");
            match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(message),
                _ => Self::Disk(message),
            }
        }
    }

    /// The same with what became of the part that was received.
    pub(super) fn with_part(self, kept: bool) -> Self {
        match self {
            Self::Broken { host, cause, .. } => Self::Broken { host, cause, kept },
            Self::Stopped { .. } => Self::Stopped { kept },
            other => other,
        }
    }

    /// True if the same request may succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Broken { .. } => true,
            Self::Status { code, .. } => matches!(code, 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// True if the server knows the repository but says that it lacks the revision.
    pub(super) fn is_no_revision(&self) -> bool {
        matches!(self, Self::Status { hub_code, .. } if hub_code == "RevisionNotFound")
    }

    /// The message for a user who requested a published checkpoint.
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

    /// The message for a user who requested a hub model.
    pub(super) fn of_hub(self, repo: &str, revision: &str, advice: &Advice) -> String {
        match self {
            Self::Status { .. } if self.is_no_revision() => {
                format!("{repo} has no revision `{revision}` on the hub; leave it out for `main`")
            }
            // Without a token the hub answers 401 for a nonexistent repository, to reveal nothing
            // about private ones.
            Self::Status { code: 404, .. } | Self::Status { code: 401, .. } if self.is_no_repo() => {
                format!("there is no model {repo} on the hub, or it is private; {}", advice.missing())
            }
            Self::Status { code: code @ (401 | 403), hub_code, .. } => match hub_code == "GatedRepo" {
                true => format!(
                    "{repo} is gated (status {code}): request access on its page on the hub, then {}",
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

    /// What failed, without request-specific advice.
    pub(super) fn cause(self) -> String {
        match self {
            Self::Unreachable { host, cause } => format!("{host} cannot be reached ({cause}): is there no network?"),
            Self::Untrusted { host, cause } => format!(
                "{host} is not to be trusted ({cause}): if a proxy of your own stands between, set SSL_CERT_FILE to a file \
                 with the certificate of its authority"
            ),
            Self::Broken { host, cause, kept } => {
                format!("the connection to {host} broke ({cause}); {}", again(kept))
            }
            Self::Status { url, code: 429, .. } => format!("{url}: too many requests (status 429); try again later"),
            Self::Status { url, code: code @ 500.., .. } => {
                format!("{url}: the server is in trouble (status {code}); try again later")
            }
            Self::Status { url, code, .. } => {
                format!("{url}: the server answers with status {code}, not with the file")
            }
            Self::Corrupt(what) => format!("{what}; it was deleted: try again"),
            Self::Stopped { kept } => format!("stopped; {}", again(kept)),
            Self::Disk(what) | Self::ReadOnly(what) | Self::Unusable(what) => what,
        }
    }
}

/// What to do about a download that is not complete. A part is kept if it can be resumed.
fn again(kept: bool) -> &'static str {
    match kept {
        true => "the part received so far is kept: try again to continue",
        false => "the server does not allow it to be resumed: try again from the start",
    }
}

/// The parts of the user's situation that determine the advice.
pub(super) struct Advice {
    /// A token was sent.
    pub has_token: bool,
    /// The name was given without an organisation.
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
