//! Texts, of which equal ones count once.

use std::collections::HashMap;

use super::answer::Asked;
use crate::error::{Error, Result};

/// Texts as given, and the different ones among them.
pub(super) struct Texts<'a> {
    given: &'a [&'a str],
    /// Where each text first occurs.
    firsts: Vec<usize>,
    /// For each text given, its place in `firsts`.
    places: Vec<usize>,
    /// How often each text in `firsts` was given.
    times: Vec<u64>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(given: &'a [&'a str]) -> Self {
        let mut known = HashMap::new();
        let mut firsts = Vec::new();
        let place = |(i, &text)| {
            *known.entry(text).or_insert_with(|| {
                firsts.push(i);
                firsts.len() - 1
            })
        };
        let places: Vec<usize> = given.iter().enumerate().map(place).collect();
        let mut times = vec![0; firsts.len()];
        places.iter().for_each(|&place| times[place] += 1);
        Self { given, firsts, places, times }
    }

    /// The number of texts given.
    pub(super) fn len(&self) -> usize {
        self.given.len()
    }

    /// # Errors
    /// If a text has nothing to embed: OpenAI refuses it, and others make something up.
    pub(super) fn check(&self) -> Result<()> {
        let empty = self.firsts.iter().find(|&&first| self.given[first].trim().is_empty());
        match empty {
            Some(first) => Err(Error::EmptyText { which: format!("number {}", first + 1) }),
            None => Ok(()),
        }
    }

    /// The different texts.
    pub(super) fn different(&self) -> impl Iterator<Item = &'a str> {
        self.firsts.iter().map(|&first| self.given[first])
    }

    /// The different texts at these places, to be sent.
    pub(super) fn asked(&self, places: &[usize]) -> Vec<Asked> {
        let asked = |&place: &usize| {
            let first = self.firsts[place];
            Asked { number: first + 1, text: self.given[first].to_owned() }
        };
        places.iter().map(asked).collect()
    }

    /// How many of the texts given equal the different one at this place.
    pub(super) fn times(&self, place: usize) -> u64 {
        self.times[place]
    }

    /// From the vectors of the different texts to those of the texts given.
    pub(super) fn spread(&self, vectors: &[Option<Vec<f32>>]) -> Vec<Vec<f32>> {
        self.places.iter().map(|&place| vectors[place].clone().unwrap_or_default()).collect()
    }
}
