//! The HTTP client for all servers. It follows redirects itself, so that the token is sent only to
//! the hub, and the headers that the hub sends with a redirect are kept.

use std::io::{self, Read};

use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body, BodyReader};

use super::problem::Problem;
use crate::http::{Bound, Fault, config, host, resolve, text};
use crate::source::Settings;

const REDIRECTS: usize = 10;

/// A client for one server and the servers that it redirects to.
pub(super) struct Client {
    agent: Agent,
    token: Option<Bound>,
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
        let config = config(endpoint, settings.patience)
            .timeout_recv_response(Some(settings.patience))
            .timeout_per_read(Some(settings.patience));
        let token = settings.token.as_ref().map(|token| Bound::new(token.secret(), endpoint));
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
                301 | 302 | 303 | 307 | 308 => {
                    url = resolve(&url, text(headers, "location").unwrap_or_default()).map_err(Problem::Unusable)?;
                }
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
        if let Some(token) = self.token.as_ref().and_then(|token| token.header_for(url)) {
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

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name).and_then(|value| value.trim().parse().ok())
}

fn strip(etag: &str) -> String {
    etag.trim().trim_start_matches("W/").trim_matches('"').to_owned()
}

fn before_the_body(url: &str, error: ureq::Error) -> Problem {
    let host = host(url);
    match Fault::from(error) {
        Fault::Unreachable(cause) | Fault::Silent(cause) => Problem::Unreachable { host, cause },
        Fault::Untrusted(cause) => Problem::Untrusted { host, cause },
        Fault::Broken(cause) => Problem::Broken { host, cause, kept: true },
        Fault::NoAddress => {
            Problem::Unusable(format!("`{url}` is not a web address: check HF_ENDPOINT and WHYSIM_EXACT_URL"))
        }
    }
}

fn broken(host: &str, error: &io::Error) -> Problem {
    Problem::Broken { host: host.to_owned(), cause: error.to_string(), kept: true }
}
