//! A small server on the loopback interface that speaks as embedding servers do, and misbehaves as
//! a test says.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// One received request.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Value,
}

impl Request {
    /// The texts that are to be embedded.
    pub fn texts(&self) -> Vec<String> {
        let list = self.body.get("input").or_else(|| self.body.get("inputs")).unwrap();
        serde_json::from_value(list.clone()).unwrap()
    }
}

/// What is sent back.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// Wait so long before it.
    pub pause: Duration,
    /// Send only so many bytes of it, and close the connection.
    pub cut: Option<usize>,
}

impl Answer {
    pub fn new(status: u16, body: impl ToString) -> Self {
        Self { status, body: body.to_string(), ..Self::default() }
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// The right answer to a request, in the interface that its path stands for.
    pub fn right(request: &Request) -> Self {
        let vectors: Vec<Vec<f32>> = request.texts().iter().map(|text| vector(text)).collect();
        Self::of(&request.path, &json!(vectors))
    }

    /// An answer with these vectors.
    pub fn of(path: &str, vectors: &Value) -> Self {
        let data = |(i, vector): (usize, &Value)| json!({"object": "embedding", "index": i, "embedding": vector});
        let body = match path {
            "/v1/embeddings" => {
                let data: Vec<Value> = vectors.as_array().unwrap().iter().enumerate().map(data).collect();
                json!({"object": "list", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})
            }
            "/api/embed" => json!({"model": "m", "embeddings": vectors, "total_duration": 1}),
            _ => vectors.clone(),
        };
        Self::new(200, body)
    }
}

/// The vector that the server gives a text: no two texts of the tests share one.
pub fn vector(text: &str) -> Vec<f32> {
    let bytes = || text.bytes().enumerate();
    let sum = bytes().map(|(i, byte)| f32::from(byte) / (1.0 + i as f32)).sum::<f32>();
    vec![text.len() as f32, sum, 1.0 / 3.0]
}

/// The server; its thread ends with the test process.
pub struct Server {
    pub url: String,
    log: Arc<Mutex<Vec<Request>>>,
}

type Handler = dyn Fn(usize, &Request) -> Answer + Send + Sync;

impl Server {
    /// One that answers as `handler` says, given each request and the number of those before.
    pub fn start(handler: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (handler, shared): (Arc<Handler>, _) = (Arc::new(handler), log.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log) = (handler.clone(), shared.clone());
                std::thread::spawn(move || drop(serve(stream, &log, &*handler)));
            }
        });
        Self { url, log }
    }

    /// The requests since the last call.
    pub fn take_log(&self) -> Vec<Request> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, handler: &Handler) -> std::io::Result<()> {
    let request = read(&stream)?;
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    let answer = handler(before, &request);
    std::thread::sleep(answer.pause);
    let mut sent = format!("HTTP/1.1 {} -\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        sent += &format!("{name}: {value}\r\n");
    }
    sent += &format!("content-length: {}\r\n\r\n{}", answer.body.len(), answer.body);
    let end = answer.cut.unwrap_or(sent.len());
    stream.write_all(&sent.as_bytes()[..end])?;
    stream.flush()?;
    stream.shutdown(Shutdown::Both)
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
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
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { path, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
}
