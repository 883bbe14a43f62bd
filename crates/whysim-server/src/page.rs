//! The page at `/`, its documentation at `/docs`, and their files under `/assets/`.
//!
//! Everything is in the program, and nothing is fetched from elsewhere: the policy that is sent
//! with every file forbids scripts and styles that are not files of ours.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use whysim::render::{HIGHLIGHT_STYLE, html};

use crate::failure::Failure;

/// What pages may do: run and load our own files, and ask this server. Pictures are made by the
/// page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' \
                      data: blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file as it is sent.
struct File {
    name: &'static str,
    kind: &'static str,
    content: Bytes,
    /// A digest of its content.
    tag: String,
}

/// The pages, then their files.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let written = [
        ("index.html", HTML, include_str!("../page/index.html")),
        ("docs.html", HTML, include_str!("../page/docs.html")),
        ("page.css", STYLE, include_str!("../page/page.css")),
        ("docs.css", STYLE, include_str!("../page/docs.css")),
        ("page.js", SCRIPT, include_str!("../page/page.js")),
        ("api.js", SCRIPT, include_str!("../page/api.js")),
        ("copy.js", SCRIPT, include_str!("../page/copy.js")),
        ("examples.js", SCRIPT, include_str!("../page/examples.js")),
        ("form.js", SCRIPT, include_str!("../page/form.js")),
        ("result.js", SCRIPT, include_str!("../page/result.js")),
        ("state.js", SCRIPT, include_str!("../page/state.js")),
        ("terms.js", SCRIPT, include_str!("../page/terms.js")),
        ("theme.js", SCRIPT, include_str!("../page/theme.js")),
        ("docs.js", SCRIPT, include_str!("../page/docs.js")),
        ("icon.svg", "image/svg+xml", include_str!("../page/icon.svg")),
    ];
    let written = written.map(|(name, kind, content)| (name, kind, content.to_owned()));
    // What pages of the program and of notebooks consist of too.
    let shared =
        [("whysim.js", SCRIPT, html::drawing()), ("whysim.css", STYLE, format!("{}\n{HIGHLIGHT_STYLE}", html::STYLE))];
    written.into_iter().chain(shared).map(|(name, kind, content)| File::new(name, kind, content)).collect()
});

impl File {
    fn new(name: &'static str, kind: &'static str, content: String) -> Self {
        let tag = format!("\"{}\"", &blake3::hash(content.as_bytes()).to_hex()[..20]);
        Self { name, kind, content: content.into(), tag }
    }

    /// The file, or that the client has it.
    fn answer(&self, headers: &HeaderMap) -> Response {
        let own = [
            (CONTENT_TYPE, self.kind),
            // Asked for again each time, so that a newer server's page never runs with older files.
            (CACHE_CONTROL, "no-cache"),
            (ETAG, &self.tag),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
        ];
        let known = headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        let is_known = known.is_some_and(|tags| {
            tags.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == "*" || tag == self.tag)
        });
        match is_known {
            true => (StatusCode::NOT_MODIFIED, own).into_response(),
            false => (own, self.content.clone()).into_response(),
        }
    }
}

/// The routes of the pages, and of the document that /docs shows.
pub fn router<S: Clone + Send + Sync + 'static>(document: String) -> Router<S> {
    let document = Arc::new(File::new("openapi.json", "application/json", document));
    let document = get(async move |headers: HeaderMap| document.answer(&headers));
    let page = |name: &'static str| get(async move |headers: HeaderMap| sent(name, &headers));
    let asset = async |Path(name): Path<String>, headers: HeaderMap| sent(&name, &headers);
    Router::new()
        .route("/", page("index.html"))
        .route("/docs", page("docs.html"))
        .route("/assets/{file}", get(asset))
        .route("/openapi.json", document)
}

fn sent(name: &str, headers: &HeaderMap) -> Response {
    match FILES.iter().find(|file| file.name == name) {
        Some(file) => file.answer(headers),
        None => Failure::new(StatusCode::NOT_FOUND, "no_such_path", "the page has no such file").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(file: &File) -> &str {
        std::str::from_utf8(&file.content).unwrap()
    }

    #[test]
    fn pages_name_only_files_that_are_there_and_have_nothing_inline() {
        for page in FILES.iter().filter(|file| file.kind == HTML) {
            for place in text(page).split("\"/assets/").skip(1) {
                let name = place.split('"').next().unwrap();
                assert!(FILES.iter().any(|file| file.name == name), "{name}");
            }
            for inline in
                ["<style", "  style=", "  onclick=", "  onload=", "javascript:", "<script>", "http:", "https:"]
            {
                assert!(!text(page).contains(inline), "{inline} in {}", page.name);
            }
        }
        for script in FILES.iter().filter(|file| file.kind == SCRIPT) {
            for place in text(script).split(" from \"./").skip(1) {
                let name = place.split('"').next().unwrap();
                assert!(FILES.iter().any(|file| file.name == name), "{name} of {}", script.name);
            }
            for forbidden in ["eval(", "new Function", "insertAdjacentHTML", "document.write"] {
                assert!(!text(script).contains(forbidden), "{forbidden} in {}", script.name);
            }
        }
    }

    #[test]
    fn a_file_that_is_known_is_not_sent_again() {
        let tag = FILES[0].tag.clone();
        let asked = |tag: &str| {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, tag.parse().unwrap())]);
            FILES[0].answer(&headers).status().as_u16()
        };
        assert_eq!([&tag, "W/\"x\", *", "\"x\""].map(asked), [304, 304, 200]);
        assert_eq!(asked(&format!("\"x\", W/{tag}")), 304);
    }
}
