//! A small server on the loopback interface that speaks as the hub does.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Serves `folder` as the repository `org/tiny`, as long as the test's process lives. Gives its
/// address.
pub fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || drop(answer(&stream, &folder)));
        }
    });
    url
}

fn answer(mut stream: &TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = match path.strip_prefix(&format!("/org/tiny/resolve/{COMMIT}/")) {
        Some(file) => std::fs::read(folder.join(file)).ok(),
        None => (path == "/api/models/org/tiny/revision/main").then(|| listing(folder)),
    };
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    let (status, body) = body.map_or((404, Vec::new()), |body| (200, body));
    let (etag, length) = (hasher.finish(), body.len());
    write!(
        stream,
        "HTTP/1.1 {status} -\r\nconnection: close\r\netag: \"{etag:040x}\"\r\ncontent-length: {length}\r\n\r\n"
    )?;
    stream.write_all(&body)?;
    stream.shutdown(Shutdown::Write)
}

fn listing(folder: &Path) -> Vec<u8> {
    let mut files = Vec::new();
    for inner in ["", "1_Pooling"] {
        for entry in std::fs::read_dir(folder.join(inner)).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                let path = Path::new(inner).join(entry.file_name());
                files.push(serde_json::json!({"rfilename": path.to_string_lossy().replace('\\', "/")}));
            }
        }
    }
    serde_json::json!({"sha": COMMIT, "siblings": files}).to_string().into_bytes()
}
