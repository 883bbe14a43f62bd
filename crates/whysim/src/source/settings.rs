//! Where servers and caches are. The environment is read only here.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A hub access token. Its debug form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token as given by the user; `None` if it is blank or cannot be sent in a header.
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        (!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic())).then(|| Self(token.to_owned()))
    }

    /// The token itself.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Servers, caches and limits.
///
/// [`Settings::from_env`] reads them from the environment by the rules of Python's
/// `huggingface_hub` and `sentence_transformers`, so that both sides agree on the cache.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The hub: `HF_ENDPOINT`, or `https://huggingface.co` by default.
    pub endpoint: String,
    /// The hub's cache: the first that is set of `SENTENCE_TRANSFORMERS_HOME`, `HF_HUB_CACHE`,
    /// `HUGGINGFACE_HUB_CACHE`, `$HF_HOME/hub`, `$XDG_CACHE_HOME/huggingface/hub` and
    /// `~/.cache/huggingface/hub`.
    pub hub_cache: PathBuf,
    /// For private and gated models: `HF_TOKEN`, or the file written by `hf auth login`
    /// (`HF_TOKEN_PATH`, `$HF_HOME/token`). None if `HF_HUB_DISABLE_IMPLICIT_TOKEN` is set.
    pub token: Option<Token>,
    /// Contact no server: `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` is 1, on, yes or true.
    pub offline: bool,
    /// The URL of the folder with the published checkpoints' zip files: `WHYSIM_EXACT_URL`, or the
    /// authors' by default.
    pub exact_url: String,
    /// Where published checkpoints are kept: `WHYSIM_CACHE`, `$XDG_CACHE_HOME/whysim`, or by
    /// default `~/.cache/whysim`, on macOS `~/Library/Caches/whysim`, on Windows
    /// `%LOCALAPPDATA%\whysim`.
    pub cache: PathBuf,
    /// The user's model folder, listed by [`cached`](super::cached): `models` in the working
    /// directory.
    pub models: PathBuf,
    /// How long a server may be silent before it is given up.
    pub patience: Duration,
    /// How often to resume a broken download before giving up.
    pub retries: u32,
    /// The maximum unpacked size of a zip file, in bytes.
    pub unpacked_limit: u64,
}

/// `WHYSIM_EXACT_URL`'s default.
const EXACT_URL: &str = "https://www2.ims.uni-stuttgart.de/data/xsbert";

impl Default for Settings {
    /// As [`Settings::from_env`].
    fn default() -> Self {
        Self::from_env()
    }
}

impl Settings {
    /// The settings from the environment.
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// The settings from another environment; `lookup` returns a variable's value.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let text = |name: &str| get(name).and_then(|value| value.into_string().ok());
        let folder = |name: &str| get(name).map(|value| expand(PathBuf::from(value), &get));

        let dot_cache = folder("XDG_CACHE_HOME").unwrap_or_else(|| home(&get).join(".cache"));
        let hf_home = folder("HF_HOME").unwrap_or_else(|| dot_cache.join("huggingface"));
        let hub_cache = ["SENTENCE_TRANSFORMERS_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"]
            .iter()
            .find_map(|name| folder(name))
            .unwrap_or_else(|| hf_home.join("hub"));
        let is_on = |name: &str| {
            text(name).is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str()))
        };
        let token_file = folder("HF_TOKEN_PATH").unwrap_or_else(|| hf_home.join("token"));
        let token = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]
            .iter()
            .find_map(|name| text(name))
            .or_else(|| std::fs::read_to_string(token_file).ok())
            .filter(|_| !is_on("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
        Self {
            endpoint: trimmed(text("HF_ENDPOINT"), "https://huggingface.co"),
            hub_cache,
            token: token.as_deref().and_then(Token::new),
            offline: is_on("HF_HUB_OFFLINE") || is_on("TRANSFORMERS_OFFLINE"),
            exact_url: trimmed(text("WHYSIM_EXACT_URL"), EXACT_URL),
            cache: folder("WHYSIM_CACHE").unwrap_or_else(|| own_cache(&get)),
            models: PathBuf::from("models"),
            patience: Duration::from_secs(30),
            retries: 4,
            unpacked_limit: 8 << 30,
        }
    }
}

impl Settings {
    /// The same, for a server other than the hub.
    #[cfg(feature = "hub")]
    pub(super) fn without_token(self) -> Self {
        Self { token: None, ..self }
    }
}

fn trimmed(url: Option<String>, default: &str) -> String {
    url.as_deref().unwrap_or(default).trim_end_matches('/').to_owned()
}

/// The user's home folder, or the working directory for a user without one: it is visible and needs
/// no extra permissions.
fn home(get: &impl Fn(&str) -> Option<OsString>) -> PathBuf {
    get("HOME").map(PathBuf::from).or_else(std::env::home_dir).unwrap_or_else(|| PathBuf::from("."))
}

/// Expands `~` and `~/…`, as Python does for these variables.
fn expand(path: PathBuf, get: &impl Fn(&str) -> Option<OsString>) -> PathBuf {
    path.strip_prefix("~").map(|rest| home(get).join(rest)).unwrap_or(path)
}

fn own_cache(get: &impl Fn(&str) -> Option<OsString>) -> PathBuf {
    if let Some(base) = get("XDG_CACHE_HOME") {
        return expand(PathBuf::from(base), get).join("whysim");
    }
    match (std::env::consts::OS, get("LOCALAPPDATA")) {
        ("windows", Some(base)) => PathBuf::from(base).join("whysim"),
        ("macos", _) => home(get).join("Library/Caches/whysim"),
        _ => home(get).join(".cache/whysim"),
    }
}

/// A folder as the user typed it, with `~` expanded, since the shell does not expand it in
/// `--model=~/mine`.
pub(super) fn typed_path(path: &str) -> PathBuf {
    expand(PathBuf::from(path), &|name: &str| std::env::var_os(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> Settings {
        let vars: Vec<_> = [("HOME", "/home/ada")].iter().chain(vars).copied().collect();
        Settings::from_lookup(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn defaults_are_the_ones_python_has() {
        let settings = with(&[]);
        assert_eq!(settings.endpoint, "https://huggingface.co");
        assert_eq!(settings.hub_cache, PathBuf::from("/home/ada/.cache/huggingface/hub"));
        assert!(!settings.offline && settings.token.is_none());
        assert!(settings.exact_url.ends_with("/xsbert"));
    }

    #[test]
    fn each_variable_is_honoured() {
        let settings = with(&[("HF_HOME", "~/hf"), ("HF_ENDPOINT", "http://mirror/"), ("HF_HUB_OFFLINE", "YES")]);
        assert_eq!(settings.hub_cache, PathBuf::from("/home/ada/hf/hub"));
        assert_eq!((settings.endpoint.as_str(), settings.offline), ("http://mirror", true));
        let settings = with(&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/hubs"), ("HF_HUB_OFFLINE", "0")]);
        assert_eq!((settings.hub_cache, settings.offline), (PathBuf::from("/hubs"), false));
        let settings = with(&[("XDG_CACHE_HOME", "/xdg"), ("HF_TOKEN", " hf_x\n")]);
        assert_eq!(settings.hub_cache, PathBuf::from("/xdg/huggingface/hub"));
        assert_eq!(settings.cache, PathBuf::from("/xdg/whysim"));
        assert_eq!(settings.token.as_ref().map(Token::secret), Some("hf_x"));
        assert!(!format!("{settings:?}").contains("hf_x"));
        assert_eq!(with(&[("WHYSIM_CACHE", "/w")]).cache, PathBuf::from("/w"));
        assert!(with(&[("HF_TOKEN", "x"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]).token.is_none());
    }

    #[test]
    fn the_token_file_is_read() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("token"), "hf_file\n")?;
        let settings = with(&[("HF_HOME", &folder.path().to_string_lossy())]);
        assert_eq!(settings.token.as_ref().map(Token::secret), Some("hf_file"));
        Ok(())
    }
}
