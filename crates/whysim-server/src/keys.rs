//! The keys that open the server.

use std::env::VarError;
use std::path::Path;

use anyhow::{Context, bail};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use crate::failure::Failure;

/// The variable of the environment that holds a key.
const VARIABLE: &str = "WHYSIM_API_KEY";

/// What a header can carry.
const LETTERS: &str = "letters, digits and signs of ASCII, without spaces";

/// Digests of the keys, which compare in a time that does not depend on where they differ.
pub struct Keys(Vec<blake3::Hash>);

impl Keys {
    /// The keys of a file, one a line, and of WHYSIM_API_KEY.
    ///
    /// # Errors
    /// If the file cannot be read or has no key, or a key cannot stand in a header.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut keys = match std::env::var(VARIABLE) {
            Ok(key) => vec![key.trim().to_owned()],
            Err(VarError::NotPresent) => Vec::new(),
            Err(VarError::NotUnicode(_)) => bail!("the key of {VARIABLE} must consist of {LETTERS}"),
        };
        keys.retain(|key| !key.is_empty());
        if let Some(file) = file {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read keys from {}", file.display()))?;
            let before = keys.len();
            keys.extend(text.lines().map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned));
            if keys.len() == before {
                bail!("{} has no key: write one on a line of its own", file.display());
            }
        }
        if keys.iter().any(|key| !key.bytes().all(|byte| byte.is_ascii_graphic())) {
            bail!("a key must consist of {LETTERS}");
        }
        Ok(Self(keys.iter().map(|key| blake3::hash(key.as_bytes())).collect()))
    }

    /// Whether a key is needed.
    pub fn are_needed(&self) -> bool {
        !self.0.is_empty()
    }

    /// Checks a request's key.
    ///
    /// # Errors
    /// If a key is needed, and the headers have none of them.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Failure> {
        if !self.are_needed() {
            return Ok(());
        }
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key =
            given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let digest = key.map(|(_, key)| blake3::hash(key.trim().as_bytes()));
        // Every key is compared, so that the time does not tell which one was close.
        let known = digest.is_some_and(|digest| self.0.iter().fold(false, |known, key| known | (*key == digest)));
        let message = "this server needs a key: send it as `Authorization: Bearer KEY`";
        if known { Ok(()) } else { Err(Failure::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)) }
    }
}
