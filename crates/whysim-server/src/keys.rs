//! The keys that open the server.

use std::path::Path;

use anyhow::{Context, bail};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use crate::failure::Failure;

/// Digests of the keys, which compare in a time that does not depend on where they differ.
pub struct Keys(Vec<blake3::Hash>);

impl Keys {
    /// The keys of a file, one a line, and of WHYSIM_API_KEY.
    ///
    /// # Errors
    /// If the file cannot be read, or has no key.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut keys: Vec<String> = std::env::var("WHYSIM_API_KEY").into_iter().filter(|key| !key.is_empty()).collect();
        if let Some(file) = file {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read keys from {}", file.display()))?;
            let before = keys.len();
            keys.extend(text.lines().map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned));
            if keys.len() == before {
                bail!("{} has no key: write one on a line of its own", file.display());
            }
        }
        Ok(Self(keys.iter().map(|key| blake3::hash(key.as_bytes())).collect()))
    }

    /// Whether a key is needed.
    pub fn are_needed(&self) -> bool {
        !self.0.is_empty()
    }

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
