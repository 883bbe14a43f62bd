//! The program itself, asked over HTTP, with the model inside it.

mod documented;
mod embeddings;
mod limits;
mod reasons;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// A server that ends with its test.
struct Server {
    child: Child,
    url: String,
    /// Reads what is logged, so that the server never waits for that.
    log: Option<JoinHandle<String>>,
}

/// A status, headers that matter, and a body.
struct Answer {
    status: u16,
    kind: String,
    retry_after: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The error's code, field and message.
    #[track_caller]
    fn error(&self, status: u16) -> [String; 3] {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        let error: Value = serde_json::from_str(&text).unwrap();
        ["code", "param", "message"].map(|key| error["error"][key].as_str().unwrap_or_default().to_owned())
    }
}

impl Server {
    fn start(options: &[&str]) -> Self {
        Self::with_key(options, "")
    }

    fn with_key(options: &[&str], key: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_whysim-server"))
            .args(["--listen", "127.0.0.1:0"])
            .args(options)
            .env("WHYSIM_API_KEY", key)
            .env_remove("WHYSIM_MODEL")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let url = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "the server ended before it listened");
            if let Some((_, url)) = line.trim_end().split_once("listening at ") {
                break url.to_owned();
            }
        };
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, url, log: Some(log) }
    }

    fn post(&self, path: &str, body: Value) -> Answer {
        self.send(path, "application/json", body.to_string().as_bytes(), None)
    }

    fn get(&self, path: &str) -> Answer {
        answer(agent().get(format!("{}{path}", self.url)).call().unwrap())
    }

    /// What was logged, once the server has ended.
    fn log(&mut self) -> String {
        self.log.take().unwrap().join().unwrap()
    }

    fn metrics(&self) -> String {
        String::from_utf8(self.get("/metrics").body).unwrap()
    }

    /// Whether the server comes to work on so many explanations.
    fn works_on(&self, count: usize) -> bool {
        let is_there = |_: &usize| {
            std::thread::sleep(Duration::from_millis(20));
            self.metrics().contains(&format!("whysim_queued_reasons {count}\n"))
        };
        (0..500).find(is_there).is_some()
    }

    /// Sends a request, and does not wait for its answer.
    fn begin(&self, path: &str, body: &Value) -> TcpStream {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        let body = body.to_string();
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json");
        let length = body.len();
        stream.write_all(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes()).unwrap();
        stream
    }

    fn send(&self, path: &str, kind: &str, body: &[u8], key: Option<&str>) -> Answer {
        let mut request = agent().post(format!("{}{path}", self.url)).header("content-type", kind);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        answer(request.send(body).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build())
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    Answer {
        status: response.status().as_u16(),
        kind: header("content-type").unwrap_or_default(),
        retry_after: header("retry-after"),
        body: response.body_mut().with_config().limit(1 << 28).read_to_vec().unwrap(),
    }
}
