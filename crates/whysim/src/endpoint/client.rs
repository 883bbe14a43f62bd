//! One request, and its answer.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use ureq::http::Response;
use ureq::{Agent, Body};

use super::answer::{Asked, said, vectors};
use super::kind::Kind;
use super::options::Options;
use super::problem::{Advice, Answered, Problem, Refusal};
use super::wait;
use crate::error::{Error, Result};
use crate::http::{Bound, Fault, config, origin, resolve, text};

/// The largest answer that is read.
const MOST: u64 = 1 << 30;
const REDIRECTS: usize = 5;

/// A client for one server.
pub(super) struct Client {
    agent: Agent,
    url: String,
    kind: Kind,
    model: Option<String>,
    dimensions: Option<usize>,
    key: Option<Bound>,
    variable: String,
    timeout: Duration,
    answered: AtomicBool,
    /// The size of all vectors so far, and the cache that says so, if it was one.
    dim: OnceLock<(usize, Option<PathBuf>)>,
}

impl Client {
    /// # Errors
    /// If the address is none, or its kind is not known.
    pub(super) fn new(url: &str, options: &Options) -> Result<Self> {
        let wrong = |problem: String| Error::Endpoint { endpoint: shown(url).to_owned(), problem };
        check_address(url).map_err(|problem| wrong(problem.to_owned()))?;
        let kind = match options.kind {
            Some(kind) => kind,
            None => Kind::of_path(path(url)).map_err(|problem| wrong(format!("the path `{}` {problem}", path(url))))?,
        };
        if kind == Kind::Ollama && options.model.is_none() {
            return Err(wrong("Ollama must be told the model's name".to_owned()));
        }
        let config = config(url, options.timeout).timeout_global(Some(options.timeout));
        Ok(Self {
            agent: config.build().into(),
            url: url.to_owned(),
            kind,
            model: options.model.clone(),
            dimensions: options.dimensions,
            key: options.key.as_ref().map(|key| Bound::new(key.secret(), url)),
            variable: options.key_variable.clone(),
            timeout: options.timeout,
            answered: AtomicBool::new(false),
            dim: OnceLock::new(),
        })
    }

    /// The address as it is asked.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Vectors of this size are in a cache, so that others are of another model.
    pub(super) fn require(&self, dim: usize, cache: &Path) {
        self.dim.get_or_init(|| (dim, Some(cache.to_owned())));
    }

    /// The address as it may be shown.
    pub(super) fn shown(&self) -> &str {
        shown(&self.url)
    }

    /// The error for a problem.
    pub(super) fn error(&self, problem: &Problem) -> Error {
        let advice = Advice {
            variable: &self.variable,
            has_key: self.key.is_some(),
            path: path(&self.url),
            model: self.model.as_deref(),
            timeout: self.timeout,
        };
        match problem {
            Problem::Stopped => Error::Interrupted,
            _ => Error::Endpoint { endpoint: self.shown().to_owned(), problem: problem.message(&advice) },
        }
    }

    pub(super) fn answered(&self) -> Answered {
        if self.answered.load(Ordering::Relaxed) { Answered::Before } else { Answered::Never }
    }

    /// The vectors of texts. -> `[B, D]`.
    pub(super) fn ask(&self, asked: &[Asked]) -> Result<Vec<Vec<f32>>, Problem> {
        let texts: Vec<&str> = asked.iter().map(|one| one.text.as_str()).collect();
        let body = self.kind.body(self.model.as_deref(), self.dimensions, &texts).to_string();
        let mut url = self.url.clone();
        for _ in 0..REDIRECTS {
            let mut response = self.post(&url, &body).map_err(|error| Problem::Fault(error.into()))?;
            self.answered.store(true, Ordering::Relaxed);
            match response.status().as_u16() {
                200..=299 => return self.vectors(content(&mut response)?, asked),
                code @ (301 | 302 | 303 | 307 | 308) => url = self.next(&url, code, &response)?,
                code => return Err(self.refusal(code, &mut response).problem()),
            }
        }
        Err(Problem::Answer("it redirects without end".to_owned()))
    }

    fn post(&self, url: &str, body: &str) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.post(url).header("content-type", "application/json");
        if let Some(key) = self.key.as_ref().and_then(|key| key.header_for(url)) {
            request = request.header("authorization", key);
        }
        request.send(body)
    }

    /// Where a redirect leads. Only those that keep the request as it is are followed, and only on
    /// the same server: texts and key are for that one.
    fn next(&self, url: &str, code: u16, response: &Response<Body>) -> Result<String, Problem> {
        let place = text(response.headers(), "location").unwrap_or_default();
        let target = resolve(url, place).map_err(Problem::Answer)?;
        match matches!(code, 307 | 308) && origin(&target) == origin(&self.url) {
            true => Ok(target),
            false => Err(Problem::Moved(shown(&target).to_owned())),
        }
    }

    fn refusal(&self, code: u16, response: &mut Response<Body>) -> Refusal {
        let wait = wait::asked(response.headers(), SystemTime::now());
        // What the server says is a help, not necessary.
        Refusal { code, said: said(&self.without_key(content(response).unwrap_or_default())), wait }
    }

    /// The body of an answer, in which a server may repeat the key.
    fn without_key(&self, body: Vec<u8>) -> Vec<u8> {
        match &self.key {
            Some(key) => key.hidden_in(&String::from_utf8_lossy(&body)).into_bytes(),
            None => body,
        }
    }

    fn vectors(&self, body: Vec<u8>, asked: &[Asked]) -> Result<Vec<Vec<f32>>, Problem> {
        let found = match vectors(self.kind, &body, asked) {
            Ok(found) => found,
            // Again, since the message shows what came.
            Err(problem) => {
                let again = vectors(self.kind, &self.without_key(body), asked).err();
                return Err(Problem::Answer(again.unwrap_or(problem)));
            }
        };
        let dim = found.first().map_or(0, Vec::len);
        if let Some(wanted) = self.dimensions.filter(|&wanted| wanted != dim) {
            return Err(Problem::Answer(format!("it gives vectors of {dim} values, though {wanted} were asked for")));
        }
        match self.dim.get_or_init(|| (dim, None)) {
            (before, _) if *before == dim => Ok(found),
            (before, None) => {
                Err(Problem::Answer(format!("its vectors have {dim} values now, and had {before} before")))
            }
            (before, Some(file)) => Err(Problem::Answer(format!(
                "its vectors have {dim} values, but {before} in the cache, so that another model has this name now: remove {}",
                file.display()
            ))),
        }
    }
}

fn content(response: &mut Response<Body>) -> Result<Vec<u8>, Problem> {
    response.body_mut().with_config().limit(MOST).read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => Problem::Answer(format!("its answer is larger than {MOST} bytes")),
        error => Problem::Fault(match Fault::from(error) {
            // Something came, so the server was reached.
            Fault::Unreachable(cause) => Fault::Broken(cause),
            fault => fault,
        }),
    })
}

/// An address without what may be secret in it.
fn shown(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://").and_then(|(_, rest)| rest.split('/').next().unwrap_or(rest).rsplit_once('@')) {
        Some(_) => "the address",
        None => url,
    }
}

/// The path of an address.
fn path(url: &str) -> &str {
    let url = shown(url);
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}

fn check_address(url: &str) -> Result<(), &'static str> {
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err("an address begins with http:// or https://");
    }
    match url.parse::<ureq::http::Uri>() {
        Ok(uri) if uri.authority().is_some_and(|server| server.as_str().contains('@')) => {
            Err("a name and password in the address are not sent; put a key into an environment variable")
        }
        Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) => Ok(()),
        _ => Err("this is not a web address"),
    }
}
