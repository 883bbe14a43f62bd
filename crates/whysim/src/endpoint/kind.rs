//! The three interfaces that embedding servers speak.

use serde_json::{Value, json};

/// What a server is asked, and how it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// OpenAI's `POST …/v1/embeddings`, which vLLM, infinity, llama.cpp and most services speak:
    /// `{"model", "input": […]}` -> `{"data": [{"index", "embedding"}]}`.
    OpenAi,
    /// Ollama's `POST …/api/embed`: `{"model", "input": […]}` -> `{"embeddings": […]}`.
    Ollama,
    /// text-embeddings-inference's `POST …/embed`: `{"inputs": […]}` -> `[[…]]`.
    TextEmbeddingsInference,
}

/// The addresses whose kind is known.
pub(super) const FORMS: &str = "give the whole address: http://HOST:PORT/v1/embeddings (OpenAI's interface, which most servers speak), \
                                http://HOST:PORT/api/embed (Ollama) or http://HOST:PORT/embed (text-embeddings-inference)";

impl Kind {
    /// The kind that the path of an address stands for.
    ///
    /// # Errors
    /// If it stands for none.
    pub(super) fn of_path(path: &str) -> Result<Self, String> {
        match path.trim_end_matches('/') {
            // Ollama's older interface, for one text only; other programs have OpenAI's there.
            path if path.ends_with("/api/embeddings") => {
                Err("is Ollama's older interface, or another's: for Ollama, give http://HOST:PORT/api/embed".to_owned())
            }
            path if path.ends_with("/embeddings") => Ok(Self::OpenAi),
            path if path.ends_with("/api/embed") => Ok(Self::Ollama),
            path if path.ends_with("/embed") => Ok(Self::TextEmbeddingsInference),
            _ => Err(format!("is no known interface: {FORMS}")),
        }
    }

    /// The body of a request. Servers that would cut a text that is too long for the model are
    /// asked to refuse it, as the others do.
    pub(super) fn body(self, model: Option<&str>, dimensions: Option<usize>, texts: &[&str]) -> Value {
        let mut body = match self {
            Self::OpenAi => json!({"input": texts, "encoding_format": "float"}),
            Self::Ollama => json!({"input": texts, "truncate": false}),
            Self::TextEmbeddingsInference => json!({"inputs": texts, "truncate": false}),
        };
        if let Some(model) = model.filter(|_| self != Self::TextEmbeddingsInference) {
            body["model"] = model.into();
        }
        if let Some(dimensions) = dimensions {
            body["dimensions"] = dimensions.into();
        }
        body
    }

    /// Where the vectors are in an answer, each with the number of its text, if it has one.
    ///
    /// # Errors
    /// If the answer has another form.
    pub(super) fn rows(self, answer: &Value) -> Result<Vec<(Option<&Value>, &Value)>, &'static str> {
        let (list, form) = match self {
            Self::OpenAi => (&answer["data"], "{\"data\": [{\"index\", \"embedding\"}]}"),
            Self::Ollama => (&answer["embeddings"], "{\"embeddings\": [[…]]}"),
            Self::TextEmbeddingsInference => (answer, "[[…]]"),
        };
        let list = list.as_array().ok_or(form)?;
        let row = |row| match self {
            Self::OpenAi => Value::get(row, "embedding").map(|vector| (row.get("index"), vector)),
            _ => Some((None, row)),
        };
        list.iter().map(|one| row(one).ok_or(form)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_path_says_the_kind() {
        for (path, kind) in [
            ("/v1/embeddings", Kind::OpenAi),
            ("/openai/deployments/small/embeddings", Kind::OpenAi),
            ("/api/embed", Kind::Ollama),
            ("/embed/", Kind::TextEmbeddingsInference),
        ] {
            assert_eq!(Kind::of_path(path), Ok(kind), "{path}");
        }
        assert!(Kind::of_path("/api/embeddings").unwrap_err().contains("/api/embed"));
        for path in ["", "/", "/v1", "/v1/embeddings/x", "/v1/chat/completions"] {
            let problem = Kind::of_path(path).unwrap_err();
            assert!(
                ["/v1/embeddings", "/api/embed", "/embed ("].iter().all(|form| problem.contains(form)),
                "{problem}"
            );
        }
    }
}
