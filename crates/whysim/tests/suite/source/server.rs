//! A small HTTP server on the loopback interface that behaves like the hub, and misbehaves on
//! request.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// The commit of every branch in the test repositories, unless set otherwise.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// One received request.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: HashMap<String, String>,
}

/// What is served, and what was requested.
#[derive(Default)]
pub struct State {
    /// The files of all revisions, by repository.
    pub repos: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// Tags and branches other than `main`, and their commits.
    pub revisions: BTreeMap<String, String>,
    /// Plain files by path, such as `/mpnet_cos.zip`.
    pub plain: BTreeMap<String, Vec<u8>>,
    /// Repositories that need this token.
    pub private: BTreeMap<String, String>,
    /// Path suffixes whose next responses are cut off after this many bytes of the body.
    pub cut: Vec<(String, usize)>,
    /// Path suffixes that are answered with this status.
    pub status: Vec<(String, u16)>,
    /// Where large files are redirected to; empty for this server under its own name.
    pub cdn: String,
    /// Always respond with the whole file.
    pub no_ranges: bool,
    /// Send these bytes instead of the large files, under the right name.
    pub forged: Option<Vec<u8>>,
    /// The size to state for large files, whatever theirs is.
    pub stated: Option<u64>,
    /// Send large files byte by byte, with this pause between.
    pub drip: Option<Duration>,
    /// Appended to a plain file's ETag, to signal new contents.
    pub version: u32,
    pub log: Vec<Request>,
}

/// The server; its thread ends with the test process.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Self { url, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic in the server")
    }

    /// The paths requested since the last call.
    pub fn asked(&self) -> Vec<String> {
        self.take_log().into_iter().map(|request| request.path).collect()
    }

    pub fn take_log(&self) -> Vec<Request> {
        std::mem::take(&mut self.state().log)
    }
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: Option<usize>,
    drip: Option<Duration>,
}

impl Answer {
    fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), cut: None, drip: None }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let request = Request { path, headers };
    let answer = answer(&request, &mut state.lock().expect("no panic in the server"));
    let mut head = format!("HTTP/1.1 {} -\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", answer.body.len());
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    let body = &answer.body[..answer.cut.unwrap_or(answer.body.len()).min(answer.body.len())];
    match answer.drip {
        None => stream.write_all(body)?,
        Some(pause) => {
            for byte in body.chunks(1) {
                stream.write_all(byte)?;
                std::thread::sleep(pause);
            }
        }
    }
    stream.flush()?;
    stream.shutdown(Shutdown::Write)
}

fn answer(request: &Request, state: &mut State) -> Answer {
    state.log.push(request.clone());
    let path = &request.path;
    if let Some((_, status)) = state.status.iter().find(|(end, _)| path.ends_with(end)) {
        return Answer::new(*status);
    }
    if let Some(rest) = path.strip_prefix("/api/models/") {
        return listing(rest, request, state);
    }
    if let Some((repo, rest)) = path.trim_start_matches('/').split_once("/resolve/") {
        return resolve(repo, rest, request, state);
    }
    if let Some(rest) = path.strip_prefix("/cdn/") {
        let (repo, file) = rest.split_once('/').unwrap_or((rest, ""));
        let repo = repo.replace("--", "/");
        let body = state.forged.clone().or_else(|| state.repos.get(&repo).and_then(|files| files.get(file)).cloned());
        let drip = state.drip;
        return Answer { drip, ..file_answer(body, "\"another-name\"".to_owned(), request, state) };
    }
    let etag = format!("\"v{}\"", state.version);
    file_answer(state.plain.get(path).cloned(), etag, request, state)
}

fn refused(repo: &str, request: &Request, state: &State) -> Option<Answer> {
    let given = request.headers.get("authorization");
    let wanted = state.private.get(repo).map(|token| format!("Bearer {token}"));
    if wanted.is_some() && given != wanted.as_ref() {
        return Some(Answer::new(401).with("x-error-code", "RepoNotFound"));
    }
    (!state.repos.contains_key(repo)).then(|| Answer::new(404).with("x-error-code", "RepoNotFound"))
}

fn listing(rest: &str, request: &Request, state: &State) -> Answer {
    let (repo, revision) = rest.split_once("/revision/").unwrap_or((rest, "main"));
    let revision = revision.replace("%2F", "/");
    if let Some(answer) = refused(repo, request, state) {
        return answer;
    }
    let commit = match revision.as_str() {
        "main" | COMMIT => COMMIT,
        other => match state.revisions.get(other) {
            Some(commit) => commit,
            None => return Answer::new(404).with("x-error-code", "RevisionNotFound"),
        },
    };
    let files: Vec<_> = state.repos[repo].keys().map(|file| serde_json::json!({"rfilename": file})).collect();
    let mut answer = Answer::new(200).with("content-type", "application/json");
    answer.body = serde_json::json!({"id": repo, "sha": commit, "siblings": files}).to_string().into_bytes();
    answer
}

/// Like the hub, redirects small files within the hub, and large ones to another path under another
/// name.
fn resolve(repo: &str, rest: &str, request: &Request, state: &mut State) -> Answer {
    if let Some(answer) = refused(repo, request, state) {
        return answer;
    }
    let (commit, file) = rest.split_once('/').unwrap_or((rest, ""));
    let commit = commit.to_owned();
    let file = file.trim_end_matches("?cached");
    let Some(body) = state.repos[repo].get(file).cloned() else {
        return Answer::new(404).with("x-error-code", "EntryNotFound");
    };
    if file.ends_with(".safetensors") || file.ends_with(".bin") {
        return Answer::new(302)
            .with("x-repo-commit", commit)
            .with("x-linked-etag", format!("\"{}\"", sha256(&body)))
            .with("x-linked-size", state.stated.unwrap_or(body.len() as u64))
            .with("location", format!("{}/cdn/{}/{file}", state.cdn, repo.replace('/', "--")));
    }
    if file.ends_with("tokenizer.json") && !request.path.contains("?cached") {
        return Answer::new(307).with("location", format!("{}?cached", request.path));
    }
    let etag = format!("\"{}\"", &sha256(&body)[..40]);
    file_answer(Some(body), etag, request, state).with("x-repo-commit", commit)
}

fn file_answer(body: Option<Vec<u8>>, etag: String, request: &Request, state: &mut State) -> Answer {
    let Some(body) = body else { return Answer::new(404) };
    let range = request.headers.get("range").filter(|_| !state.no_ranges);
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.trim_end_matches('-').parse::<usize>().ok());
    let mut answer = Answer::new(if from.is_some() { 206 } else { 200 }).with("etag", etag);
    if let Some(from) = from {
        answer = answer.with("content-range", format!("bytes {from}-{}/{}", body.len() - 1, body.len()));
    }
    answer.body = body[from.unwrap_or(0)..].to_vec();
    if let Some(at) = state.cut.iter().position(|(end, _)| request.path.ends_with(end.as_str())) {
        answer.cut = Some(state.cut.remove(at).1);
    }
    answer
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
