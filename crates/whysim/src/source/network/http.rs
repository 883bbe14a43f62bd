//! The HTTP client for all servers. It follows redirects itself, so that the token is sent only to
//! the hub, and the headers that the hub sends with a redirect are kept.

use std::io::{self, Read};
use std::time::Duration;

use ureq::http::{HeaderMap, Response, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, BodyReader};

use super::problem::Problem;
use crate::source::Settings;

const REDIRECTS: usize = 10;
const CONNECT: Duration = Duration::from_secs(10);

/// A client for one server and the servers that it redirects to.
pub(super) struct Client {
    agent: Agent,
    /// The value of the authorization header, and the only origin that receives it.
    token: Option<(String, String)>,
}

/// The server's description of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The ETag without quotes; the hub's if it redirected elsewhere.
    pub etag: Option<String>,
    /// When the contents changed, as formatted by the server.
    pub modified: Option<String>,
    /// The size of the complete file.
    pub bytes: Option<u64>,
    /// The first byte sent.
    pub start: u64,
}

impl Head {
    /// True if both describe the same contents.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let by_date = self.etag.is_none();
        self.etag == other.etag && self.bytes == other.bytes && (!by_date || self.modified == other.modified)
    }
}

/// An open response.
pub(super) struct Reply {
    pub head: Head,
    host: String,
    body: BodyReader<'static>,
}

impl Client {
    /// A client that sends the token, if any, to `endpoint` alone.
    pub(super) fn new(settings: &Settings, endpoint: &str) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("whysim/", env!("CARGO_PKG_VERSION")))
            // The sizes in headers must be those of the files, not of compressed ones.
            .accept_encoding("identity")
            .timeout_connect(Some(CONNECT.min(settings.patience)))
            .timeout_recv_response(Some(settings.patience))
            .timeout_per_read(Some(settings.patience))
            .tls_config(TlsConfig::builder().root_certs(roots(endpoint)).build());
        if is_loopback(endpoint) {
            config = config.proxy(None);
        }
        let token = settings.token.as_ref().map(|token| (format!("Bearer {}", token.secret()), origin(endpoint)));
        Self { agent: config.build().into(), token }
    }

    /// Requests a file from byte `start` on. The server may still send all of it: see
    /// [`Head::start`].
    pub(super) fn get(&self, url: &str, start: u64) -> Result<Reply, Problem> {
        let mut url = url.to_owned();
        let mut linked = Head::default();
        for _ in 0..REDIRECTS {
            let response = self.request(&url, start).map_err(|error| before_the_body(&url, error))?;
            let headers = response.headers();
            linked.etag = linked.etag.or_else(|| text(headers, "x-linked-etag").map(strip));
            linked.bytes = linked.bytes.or_else(|| number(headers, "x-linked-size"));
            match response.status().as_u16() {
                200 | 206 => return reply(&url, response, linked),
                301 | 302 | 303 | 307 | 308 => url = resolve(&url, text(headers, "location").unwrap_or_default())?,
                code => {
                    let hub_code = text(headers, "x-error-code").unwrap_or_default().to_owned();
                    return Err(Problem::Status { url, code, hub_code });
                }
            }
        }
        Err(Problem::Unusable(format!("{url}: the server redirects without end")))
    }

    fn request(&self, url: &str, start: u64) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(url);
        if let Some((token, _)) = self.token.as_ref().filter(|(_, home)| *home == origin(url)) {
            request = request.header("authorization", token);
        }
        if start > 0 {
            request = request.header("range", format!("bytes={start}-"));
        }
        request.call()
    }

    /// Fetches a small text, such as a list of files.
    pub(super) fn text(&self, url: &str) -> Result<String, Problem> {
        const MOST: u64 = 64 << 20;
        let mut reply = self.get(url, 0)?;
        let mut bytes = Vec::new();
        let mut body = (&mut reply.body).take(MOST);
        body.read_to_end(&mut bytes).map_err(|error| broken(&reply.host, &error))?;
        String::from_utf8(bytes).map_err(|_| Problem::Unusable(format!("{url}: the answer is no text")))
    }
}

impl Reply {
    /// The next bytes; 0 at the end of the file.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Problem> {
        self.body.read(buffer).map_err(|error| broken(&self.host, &error))
    }

    /// The failure of this response for a reason.
    pub(super) fn broken(&self, cause: &str) -> Problem {
        Problem::Broken { host: self.host.clone(), cause: cause.to_owned(), kept: true }
    }

    /// The failure for a response that ended early.
    pub(super) fn ended_early(&self) -> Problem {
        self.broken("it ended early")
    }

    /// The failure for a response with other contents than the download started with.
    pub(super) fn changed(&self) -> Problem {
        self.broken("the file changed meanwhile")
    }
}

fn reply(url: &str, response: Response<Body>, linked: Head) -> Result<Reply, Problem> {
    let headers = response.headers();
    let range = text(headers, "content-range").filter(|_| response.status() == 206);
    let (start, whole) = match range.map(read_range) {
        Some(Some((start, whole))) => (start, whole),
        None if response.status() == 200 => (0, response.body().content_length()),
        _ => return Err(Problem::Unusable(format!("{url}: the server sent a part without saying which"))),
    };
    let head = Head {
        etag: linked.etag.or_else(|| text(headers, "etag").map(strip)),
        modified: text(headers, "last-modified").map(str::to_owned),
        bytes: linked.bytes.or(whole),
        start,
    };
    Ok(Reply { head, host: host(url), body: response.into_body().into_reader() })
}

/// First byte and total size from `bytes 5-9/10`.
fn read_range(range: &str) -> Option<(u64, Option<u64>)> {
    let (span, whole) = range.strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split_once('-')?.0.trim().parse().ok()?, whole.trim().parse().ok()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name).and_then(|value| value.trim().parse().ok())
}

fn strip(etag: &str) -> String {
    etag.trim().trim_start_matches("W/").trim_matches('"').to_owned()
}

/// The target of a redirect: another server, another path on this one, or a path relative to the
/// current one.
fn resolve(base: &str, location: &str) -> Result<String, Problem> {
    let nowhere =
        || Problem::Unusable(format!("{base}: the server redirects to `{location}`, which is not an address"));
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
        true => Err(Problem::Unusable(format!("{base}: the server redirects to {target}, which is not encrypted"))),
        false => target.parse::<Uri>().map(|_| target.clone()).map_err(|_| nowhere()),
    }
}

/// Scheme, host and port.
fn origin(url: &str) -> String {
    let end = url.find("://").map_or(0, |at| at + 3);
    url[end..].find(['/', '?', '#']).map_or(url, |at| &url[..end + at]).to_ascii_lowercase()
}

fn host(url: &str) -> String {
    origin(url).rsplit("://").next().unwrap_or_default().to_owned()
}

/// A server on this machine is never behind a proxy.
fn is_loopback(url: &str) -> bool {
    let host = host(url);
    ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start))
}

/// The system's certificates, which include the authority of a company's proxy; or Mozilla's if
/// there are none, as in a small container.
fn roots(endpoint: &str) -> RootCerts {
    if !endpoint.starts_with("https://") {
        return RootCerts::WebPki;
    }
    let found = rustls_native_certs::load_native_certs().certs;
    match found.is_empty() {
        true => RootCerts::WebPki,
        false => found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into(),
    }
}

fn before_the_body(url: &str, error: ureq::Error) -> Problem {
    let host = host(url);
    let cause = match &error {
        ureq::Error::Io(error) => {
            use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
            match error.kind() {
                BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => return broken(&host, error),
                // TLS failures appear as I/O errors of this kind.
                InvalidData => return untrusted(host, error),
                _ => error.to_string(),
            }
        }
        ureq::Error::Rustls(error) => return untrusted(host, error),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            return Problem::Unusable(format!("`{url}` is not a web address: check HF_ENDPOINT and WHYSIM_EXACT_URL"));
        }
        ureq::Error::HostNotFound => "no such host".to_owned(),
        other => other.to_string(),
    };
    Problem::Unreachable { host, cause }
}

fn untrusted(host: String, error: &impl ToString) -> Problem {
    Problem::Untrusted { host, cause: error.to_string() }
}

fn broken(host: &str, error: &io::Error) -> Problem {
    Problem::Broken { host: host.to_owned(), cause: error.to_string(), kept: true }
}
