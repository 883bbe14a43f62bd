//! What all clients of servers share: certificates and proxies, addresses, a token that goes to one
//! server alone, and what may break before an answer comes.

use std::io;
use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::http::{HeaderMap, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

const CONNECT: Duration = Duration::from_secs(10);

/// A client's settings for the server at `url`, whose silence it bears for `patience`. Redirects
/// are answers like others: who follows one decides what is sent along.
pub(crate) fn config(url: &str, patience: Duration) -> ConfigBuilder<AgentScope> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("whysim/", env!("CARGO_PKG_VERSION")))
        // The sizes in headers must be those of the files, not of compressed ones.
        .accept_encoding("identity")
        .timeout_connect(Some(CONNECT.min(patience)))
        .tls_config(TlsConfig::builder().root_certs(roots(url)).build());
    if is_loopback(url) { config.proxy(None) } else { config }
}

/// The system's certificates, which include the authority of a company's proxy; or Mozilla's if
/// there are none, as in a small container.
fn roots(url: &str) -> RootCerts {
    if !url.starts_with("https://") {
        return RootCerts::WebPki;
    }
    let found = rustls_native_certs::load_native_certs().certs;
    match found.is_empty() {
        true => RootCerts::WebPki,
        false => found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into(),
    }
}

const SCHEME: &str = "Bearer ";

/// A token and the only origin that receives it.
#[derive(Clone)]
pub(crate) struct Bound {
    header: String,
    home: String,
}

impl Bound {
    /// A token for the server at `url`.
    pub(crate) fn new(secret: &str, url: &str) -> Self {
        Self { header: format!("{SCHEME}{secret}"), home: origin(url) }
    }

    /// The value of the authorization header for a request to `url`: none for another server.
    pub(crate) fn header_for(&self, url: &str) -> Option<&str> {
        (self.home == origin(url)).then_some(&self.header)
    }

    /// A server's words, in which it may repeat the token.
    #[cfg(feature = "endpoint")]
    pub(crate) fn hidden_in(&self, words: &str) -> String {
        words.replace(self.header.trim_start_matches(SCHEME), "…")
    }
}

/// What went wrong before there was a whole answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No response: no network, no such host, refused.
    Unreachable(String),
    /// The other side cannot prove that it is that server.
    Untrusted(String),
    /// The connection was lost midway.
    Broken(String),
    /// Nothing came for too long.
    Silent(String),
    /// There can be no such request.
    NoAddress,
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Io(error) => Self::from(&error),
            ureq::Error::Rustls(error) => Self::Untrusted(error.to_string()),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Self::NoAddress,
            ureq::Error::HostNotFound => Self::Unreachable("no such host".to_owned()),
            ureq::Error::Timeout(_) => Self::Silent(error.to_string()),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

impl From<&io::Error> for Fault {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, TimedOut, UnexpectedEof, WouldBlock,
        };
        match error.kind() {
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => Self::Broken(error.to_string()),
            // TLS failures appear as I/O errors of this kind.
            InvalidData => Self::Untrusted(error.to_string()),
            TimedOut | WouldBlock => Self::Silent(error.to_string()),
            _ => Self::Unreachable(error.to_string()),
        }
    }
}

/// A header's value, if it is text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The target of a redirect: another server, another path on this one, or a path relative to the
/// current one.
///
/// # Errors
/// If there is no such address, or it gives up encryption.
pub(crate) fn resolve(base: &str, location: &str) -> Result<String, String> {
    let nowhere = || format!("{base}: the server redirects to `{location}`, which is not an address");
    let home = origin(base);
    let target = match location {
        "" => return Err(nowhere()),
        full if full.starts_with("https://") || full.starts_with("http://") => full.to_owned(),
        full if full.starts_with("//") => format!("{}:{full}", home.split(':').next().unwrap_or("https")),
        path if path.starts_with('/') => format!("{home}{path}"),
        path => {
            let bare = base.split(['?', '#']).next().unwrap_or(base);
            format!("{}/{path}", bare.rsplit_once('/').map_or(home.as_str(), |(folder, _)| folder))
        }
    };
    match base.starts_with("https://") && !target.starts_with("https://") {
        true => Err(format!("{base}: the server redirects to {target}, which is not encrypted")),
        false => target.parse::<Uri>().map(|_| target.clone()).map_err(|_| nowhere()),
    }
}

/// Scheme, host and port.
pub(crate) fn origin(url: &str) -> String {
    let end = url.find("://").map_or(0, |at| at + 3);
    url[end..].find(['/', '?', '#']).map_or(url, |at| &url[..end + at]).to_ascii_lowercase()
}

/// Host and port.
pub(crate) fn host(url: &str) -> String {
    origin(url).rsplit("://").next().unwrap_or_default().to_owned()
}

/// A server on this machine is never behind a proxy.
fn is_loopback(url: &str) -> bool {
    let host = host(url);
    ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start))
}
