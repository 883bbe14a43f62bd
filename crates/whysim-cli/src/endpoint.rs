//! From `--endpoint` to a server that gives embeddings.

use anyhow::{Context, bail};
use whysim::Embedder;
use whysim::endpoint::{Cost, Endpoint, Options};
use whysim::source::Token;

use crate::args;
use crate::progress::Bars;
use crate::texts::usage;
use crate::voice::Voice;

/// From so many requests on, the user is told what they will cost.
const MANY: usize = 10;

impl args::Endpoint {
    /// The server, if one is named.
    pub fn open(&self, model: &args::Model) -> anyhow::Result<Option<Endpoint>> {
        let Some(url) = &self.endpoint else { return Ok(None) };
        check(model)?;
        let mut options =
            Options { model: self.endpoint_model.clone(), dimensions: model.truncate_dim, ..Options::default() };
        (options.key, options.key_variable) = key(url, self.key_env.as_deref(), |name| std::env::var(name).ok())?;
        options.batch = self.batch.map_or(options.batch, Into::into);
        options.concurrency = self.concurrency.map_or(options.concurrency, Into::into);
        options.timeout = self.timeout.unwrap_or(options.timeout);
        if self.no_cache {
            options.cache = None;
        }
        Ok(Some(Endpoint::new(url, options)?))
    }
}

/// A model here and a server exclude each other. WHYSIM_MODEL is not meant for this run alone.
fn check(model: &args::Model) -> anyhow::Result<()> {
    let usual = std::env::var("WHYSIM_MODEL").ok();
    if model.model.is_some() && model.model != usual {
        return Err(usage("--model cannot be used with --endpoint: name the server's model with --endpoint-model"));
    }
    match model.revision {
        Some(_) => Err(usage("--revision cannot be used with --endpoint")),
        None => Ok(()),
    }
}

/// The key for a server, and the variable that it is expected in. A variable that was named must be
/// set.
fn key(
    url: &str,
    named: Option<&str>,
    get: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<(Option<Token>, String)> {
    const OWN: &str = "WHYSIM_ENDPOINT_KEY";
    let get = |name: &str| get(name).filter(|value| !value.trim().is_empty());
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_openai = host.is_some_and(|host| host.trim_end_matches(":443").eq_ignore_ascii_case("api.openai.com"));
    let variable = match named {
        Some(name) if get(name).is_none() => bail!("--key-env names {name}, which is not set or empty"),
        Some(name) => name,
        None if is_openai && get(OWN).is_none() => "OPENAI_API_KEY",
        None => OWN,
    };
    let key = get(variable).map(|value| {
        Token::new(&value)
            .with_context(|| format!("the key in {variable} cannot be sent: it must be of ASCII without spaces"))
    });
    Ok((key.transpose()?, variable.to_owned()))
}

/// Says what the texts will cost.
pub fn announce(endpoint: &Endpoint, texts: &[String], voice: &Voice) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    say(&endpoint.cost(&texts), voice);
}

fn say(cost: &Cost, voice: &Voice) {
    voice.note(&format!(
        "sending {} of {} texts, about {} tokens, in {} requests",
        cost.texts - cost.cached,
        cost.texts,
        cost.tokens,
        cost.requests
    ));
}

/// The vectors of texts, with a bar, and a word about the cost of long work. Ctrl-C stops it.
pub fn embed(endpoint: &Endpoint, texts: &[&str], voice: &Voice) -> anyhow::Result<Vec<Vec<f32>>> {
    let cost = endpoint.cost(texts);
    if cost.requests >= MANY {
        say(&cost, voice);
    }
    let bars = Bars::listening(voice)?;
    Ok(endpoint.embed(texts, &bars)?)
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn each_server_gets_its_own_key() {
        let find = |url, named, set: &[&str]| {
            let get = |name: &str| set.contains(&name).then(|| format!("key of {name}").replace(' ', "-"));
            key(url, named, get).map(|(key, variable)| (key.map(|key| key.secret().to_owned()), variable))
        };
        let openai = "https://api.openai.com/v1/embeddings";
        let all = ["WHYSIM_ENDPOINT_KEY", "OPENAI_API_KEY", "MINE"];
        for (url, named, set, expected) in [
            (openai, None, &all[..], "WHYSIM_ENDPOINT_KEY"),
            (openai, None, &all[1..], "OPENAI_API_KEY"),
            (openai, Some("MINE"), &all[..], "MINE"),
            ("https://elsewhere.com/v1/embeddings", None, &all[..], "WHYSIM_ENDPOINT_KEY"),
        ] {
            let (key, variable) = find(url, named, set).unwrap();
            assert_eq!((key, variable.as_str()), (Some(format!("key-of-{expected}")), expected));
        }
        // OpenAI's key is for OpenAI, and not in the clear.
        for url in ["https://api.openai.com.evil.com/v1/embeddings", "http://api.openai.com/v1/embeddings"] {
            assert_eq!(find(url, None, &all[1..]).unwrap(), (None, "WHYSIM_ENDPOINT_KEY".to_owned()), "{url}");
        }
        assert_eq!(find(openai, None, &[]).unwrap().1, "OPENAI_API_KEY");
        assert!(find(openai, Some("NONE"), &all).unwrap_err().to_string().contains("NONE, which is not set"));
        let spaced = key(openai, None, |_| Some("two words".to_owned())).unwrap_err().to_string();
        assert!(spaced.contains("without spaces") && !spaced.contains("two"), "{spaced}");
    }
}
