//! Explanations for models of which nothing is known but the vectors that they give: functions,
//! services, anything that is an [`Embedder`].
//!
//! Contributions are made by removal ([`crate::removal`]) of words or sentences. What comes out is
//! a [`Decomposition`] like any other.

use std::collections::HashMap;
use std::sync::Arc;

use crate::decomposition::{Decomposition, Options, Parts, Recipe, check_removal};
use crate::embedder::Embedder;
use crate::encoder::Identity;
use crate::error::{Error, Result};
use crate::explanation::Explanation;
use crate::progress::Progress;
use crate::relevance::Relevance;
use crate::removal::{self, Coalitions, Empty, Game, Removal, Texts};
use crate::similarity::{Similarity, wide};
use crate::text::Unit;

/// A model of which nothing is known but the vectors that it gives.
pub struct Opaque<E> {
    embedder: E,
    identity: Arc<Identity>,
}

/// Texts that are decomposed together: parts that they share are embedded once, and no more vectors
/// than theirs are held.
pub const BLOCK: usize = 32;

/// A text with the coalitions of its rows.
struct Plan<'a> {
    parts: &'a Texts<'a>,
    coalitions: Coalitions,
}

impl<E: Embedder> Opaque<E> {
    /// A model that is known by its name: decompositions can be paired if their models' names are
    /// the same.
    pub fn new(embedder: E) -> Self {
        let name = embedder.name().to_owned();
        let fingerprint = blake3::hash(format!("embedder {name}").as_bytes()).to_hex().to_string();
        Self { embedder, identity: Arc::new(Identity { name, fingerprint, exact: false }) }
    }

    /// The embedder.
    pub fn embedder(&self) -> &E {
        &self.embedder
    }

    /// The model's name and its hash.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Sees whether a text can be decomposed, before anything is embedded. `which` names it in
    /// errors, for example `A`.
    ///
    /// # Errors
    /// When the text has no word, or an option is out of its range or belongs to the path.
    pub fn check(&self, text: &str, options: &Options, which: &str) -> Result<()> {
        let removal = settings(options)?;
        match Texts::of(text, options.unit).rows.len() {
            0 => Err(Error::EmptyText { which: which.to_owned() }),
            players => removal.most(players, which).map(drop),
        }
    }

    /// The texts that decomposing these at once will embed, each once.
    ///
    /// # Errors
    /// As [`Opaque::decompose_all`], as far as it concerns texts and options.
    pub fn parts(&self, texts: &[&str], options: &Options) -> Result<Vec<String>> {
        self.check_all(texts, options)?;
        let removal = settings(options)?;
        let texts: Vec<Texts> = texts.iter().map(|text| Texts::of(text, options.unit)).collect();
        Ok(asked(&plans(&texts, &removal)?, removal.game.empty).0)
    }

    /// Decomposes texts, in the order given, with a call of the embedder for every [`BLOCK`] of
    /// them. Memory is bounded by their parts' vectors, and by the results.
    ///
    /// Words or sentences are rows, as tokens are not known. Without `options.removal`, an empty
    /// text counts as zero.
    ///
    /// # Errors
    /// When a text has no word, naming it by its number, from 1; when an option is out of its range
    /// or belongs to the path; and when the embedder fails or gives other than one vector a text,
    /// all of one width and finite.
    pub fn decompose_all(
        &self,
        texts: &[&str],
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Vec<Decomposition>> {
        self.check_all(texts, options)?;
        let parts = texts.iter().map(|text| Texts::of(text, options.unit)).collect();
        self.decompose_parts(parts, options, progress)
    }

    /// As [`Opaque::decompose_all`], with rows that have been chosen already.
    pub(crate) fn decompose_parts(
        &self,
        texts: Vec<Texts>,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Vec<Decomposition>> {
        let removal = settings(options)?;
        let mut all: Vec<Decomposition> = Vec::with_capacity(texts.len());
        for block in texts.chunks(BLOCK) {
            let plans = plans(block, &removal)?;
            let (parts, places) = asked(&plans, removal.game.empty);
            let embedded = self.embed(&parts, progress)?;
            self.check_width(&embedded, all.first())?;
            let mut places = places.into_iter();
            for plan in plans {
                all.push(self.decomposed(plan, &embedded, &mut places, options, &removal)?);
            }
        }
        Ok(all)
    }

    fn check_all(&self, texts: &[&str], options: &Options) -> Result<()> {
        let check = |(i, text): (usize, &&str)| self.check(text, options, &format!("number {}", i + 1));
        texts.iter().enumerate().try_for_each(check)
    }

    /// Vectors must be as wide as those of a call before.
    fn check_width(&self, embedded: &[Vec<f64>], before: Option<&Decomposition>) -> Result<()> {
        let widths = [embedded.first().map(Vec::len), before.map(|before| before.embedding.len())];
        match widths {
            [Some(now), Some(then)] if now != then => {
                let problem = format!("its vectors have {now} dimensions, and had {then} in a call before");
                Err(Error::Embedder { name: self.identity.name.clone(), problem })
            }
            _ => Ok(()),
        }
    }

    /// Why two texts are similar.
    ///
    /// # Errors
    /// As [`Opaque::decompose_all`].
    pub fn explain(
        &self,
        texts: [&str; 2],
        options: &Options,
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Explanation> {
        self.check(texts[0], options, "A")?;
        self.check(texts[1], options, "B")?;
        let both = self.decompose_all(&texts, options, progress)?;
        both[0].explain(&both[1], similarity)
    }

    /// What each row of every passage adds to its similarity to the query.
    ///
    /// # Errors
    /// As [`Opaque::decompose_all`].
    pub fn relevance(
        &self,
        query: &str,
        passages: &[&str],
        options: &Options,
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Vec<Relevance>> {
        let query = self.query(query, progress)?;
        let passages = self.decompose_all(passages, options, progress)?;
        passages.iter().map(|passage| passage.relevance(&query, None, similarity)).collect()
    }

    /// The vector of a query.
    pub(crate) fn query(&self, query: &str, progress: &dyn Progress) -> Result<Vec<f64>> {
        if query.trim().is_empty() {
            return Err(Error::EmptyText { which: "query".into() });
        }
        Ok(self.embed(&[query.to_owned()], progress)?.swap_remove(0))
    }

    /// The vectors of texts, once they are what they should be.
    pub(crate) fn embed(&self, texts: &[String], progress: &dyn Progress) -> Result<Vec<Vec<f64>>> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = self.embedder.embed(&texts, progress)?;
        let wrong = |problem: String| Err(Error::Embedder { name: self.identity.name.clone(), problem });
        if vectors.len() != texts.len() {
            return wrong(format!("it gave {} vectors for {} texts", vectors.len(), texts.len()));
        }
        let dim = vectors.first().map_or(0, Vec::len);
        if dim == 0 {
            return wrong("it gave an empty vector".into());
        }
        for (text, vector) in texts.iter().zip(&vectors) {
            if vector.len() != dim {
                return wrong(format!("its vectors have {dim} dimensions, but that of {text:?} has {}", vector.len()));
            }
            if !vector.iter().all(|v| v.is_finite()) {
                return wrong(format!("the vector of {text:?} holds NaN or infinite values"));
            }
        }
        Ok(vectors.iter().map(|vector| wide(vector)).collect())
    }

    /// A text's decomposition. embedded: all vectors; places: which of them are the text's, in the
    /// order of its coalitions, then that of all players and that of none.
    fn decomposed(
        &self,
        plan: Plan,
        embedded: &[Vec<f64>],
        places: &mut impl Iterator<Item = Option<usize>>,
        options: &Options,
        removal: &removal::Options,
    ) -> Result<Decomposition> {
        let zero = || vec![0.0; embedded.first().map_or(0, Vec::len)];
        let own = places.take(plan.coalitions.kept.len() + 2);
        let mut own: Vec<Vec<f64>> = own.map(|at| at.map_or_else(zero, |at| embedded[at].clone())).collect();
        let (none, all) = (own.pop().unwrap_or_default(), own.pop().unwrap_or_default());
        let estimate = plan.coalitions.estimate(&own, [&all, &none], removal.game.index)?;
        Ok(Decomposition::new(Parts {
            recipe: Recipe::removed(&self.identity, false, options, removal.game),
            text: plan.parts.text,
            tokens: plan.parts.rows.clone(),
            truncated: None,
            values: &estimate.values,
            deviations: &estimate.deviations,
            embedding: &all,
            reference: &none,
            length: None,
            steps: own.len() + 2,
            tolerance: None,
        }))
    }
}

/// The options of the removal, if these can be followed.
fn settings(options: &Options) -> Result<removal::Options> {
    let default = removal::Options { game: Game { empty: Empty::Zero, ..Game::default() }, ..Default::default() };
    let removal = options.removal.unwrap_or(default);
    check_removal(options)?;
    let refuse = |option, expected: &str, got: String| Err(Error::Option { option, expected: expected.into(), got });
    if options.unit == Unit::Token {
        return refuse("by", "word or sentence for a model whose tokens are not known", options.unit.to_string());
    }
    if removal.game.rule != Removal::Delete {
        let expected = "delete for a model whose tokens are not known";
        return refuse("removal", expected, removal.game.rule.to_string());
    }
    match &options.prompt {
        Some(prompt) => refuse("prompt", "left out for a model that is not loaded here", prompt.clone()),
        None => Ok(removal),
    }
}

/// The coalitions of texts that have been checked.
fn plans<'a>(texts: &'a [Texts<'a>], removal: &removal::Options) -> Result<Vec<Plan<'a>>> {
    let plan = |parts: &'a Texts<'a>| {
        let players = parts.rows.len();
        let most = removal.most(players, "to decompose")?;
        Ok(Plan { parts, coalitions: Coalitions::new(players, removal.game.index, most, removal.seed) })
    };
    texts.iter().map(plan).collect()
}

/// The texts to embed, each once, and where the vectors of every plan's coalitions are among them:
/// None for an empty text that counts as zero.
fn asked(plans: &[Plan], empty: Empty) -> (Vec<String>, Vec<Option<usize>>) {
    let (mut texts, mut places, mut known) = (Vec::new(), Vec::new(), HashMap::new());
    for plan in plans {
        let players = plan.parts.rows.len();
        let ends = [vec![true; players], vec![false; players]];
        for kept in plan.coalitions.kept.iter().chain(&ends) {
            let text = plan.parts.keep(kept);
            if text.is_empty() && empty == Empty::Zero {
                places.push(None);
                continue;
            }
            let next = texts.len();
            let at = *known.entry(text.clone()).or_insert(next);
            if at == next {
                texts.push(text);
            }
            places.push(Some(at));
        }
    }
    (texts, places)
}
