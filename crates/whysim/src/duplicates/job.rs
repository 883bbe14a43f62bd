//! The parts of the result, by the numbers of texts.

use std::collections::HashMap;

use super::Options;
use super::distinct::Distinct;
use super::groups::{Group, Measures, Members, measure};
use super::report::{Item, Pair};
use super::search::{Found, Search};
use super::vectors::Vectors;
use crate::corpus::Corpus;
use crate::error::Result;
use crate::progress::{Part, Progress, steps};
use crate::similarity::{Similarity, dot, wide};

/// Groups of as many distinct texts or more are measured on all threads, one after another.
const LARGE: usize = 2048;

/// What is to be done. Nodes are the distinct texts of the first set, then those of the second.
pub(super) struct Job<'a> {
    /// One corpus, or two that are compared.
    pub sets: Vec<(&'a dyn Corpus, &'a Distinct)>,
    pub options: &'a Options,
    /// The lowest similarity that counts, with what rounding may have taken.
    pub threshold: f32,
    pub progress: &'a dyn Progress,
}

/// A text by its corpus and its position there.
pub(super) type Place = (usize, u32);

/// A pair of distinct texts: its score, and its nodes.
pub(super) type Edge = (f32, u32, u32);

/// All groups, and the group of each node; `usize::MAX` for none.
pub(super) struct Groups {
    pub all: Vec<Grouped>,
    pub of_node: Vec<usize>,
}

/// A group by the places of its texts.
pub(super) struct Grouped {
    pub places: Vec<Place>,
    representative: Place,
    nodes: Vec<u32>,
    measures: Measures,
}

impl Grouped {
    /// index: of a place among the result's items.
    pub fn finish(self, index: impl Fn(Place) -> usize) -> Group {
        Group {
            texts: self.places.iter().map(|&place| index(place)).collect(),
            representative: index(self.representative),
            distinct: self.nodes.len(),
            lowest: self.measures.lowest,
            mean: self.measures.mean,
            below: self.measures.below,
            chain: self.measures.below > 0,
        }
    }
}

impl<'a> Job<'a> {
    pub fn vectors(&self, set: usize) -> Vectors<'a> {
        let (corpus, distinct) = self.sets[set];
        Vectors { corpus, positions: &distinct.first }
    }

    /// The last set: the texts that are looked for.
    pub fn last(&self) -> usize {
        self.sets.len() - 1
    }

    fn is_one(&self) -> bool {
        self.sets.len() == 1
    }

    /// Pairs of texts that are equal word for word, within the one corpus.
    pub fn copies(&self) -> u64 {
        let pairs = |&count: &u32| u64::from(count) * u64::from(count - 1) / 2;
        if self.is_one() { self.sets[0].1.count.iter().map(pairs).sum() } else { 0 }
    }

    pub fn search(&self) -> Result<Found> {
        let counts = |set: usize| self.sets[set].1.count.as_slice();
        let search = Search {
            rows: self.vectors(0),
            columns: (!self.is_one()).then(|| self.vectors(1)),
            counts: [counts(0), counts(self.last())],
            threshold: self.threshold,
            k: self.options.edges.max(self.options.neighbours),
        };
        search.run(&Part::of_steps(self.progress, "comparing", search.steps()))
    }

    /// Each text's strongest pairs, each once, strongest first.
    pub fn edges(&self, found: &Found) -> Vec<Edge> {
        let base = if self.is_one() { 0 } else { self.sets[0].1.first.len() as u32 };
        let mut edges: Vec<Edge> = Vec::new();
        for i in 0..found.lists.len() {
            let strong = found.lists.of(i).take(self.options.edges).filter(|&(_, score)| score >= self.threshold);
            let i = i as u32;
            edges.extend(strong.map(|(j, score)| match self.is_one() {
                true => (score, i.min(j), i.max(j)),
                false => (score, i, base + j),
            }));
        }
        edges.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        edges.dedup();
        edges
    }

    /// A node's set and its number there.
    fn node(&self, node: u32) -> (usize, u32) {
        let first = self.sets[0].1.first.len() as u32;
        if node < first { (0, node) } else { (1, node - first) }
    }

    fn place(&self, node: u32) -> Place {
        let (set, number) = self.node(node);
        (set, self.sets[set].1.first[number as usize])
    }

    fn count(&self, node: u32) -> u32 {
        let (set, number) = self.node(node);
        self.sets[set].1.count[number as usize]
    }

    /// Groups, largest first. components: of nodes.
    pub fn groups(&self, components: Vec<Vec<u32>>) -> Result<Groups> {
        let count = components.iter().map(Vec::len).sum();
        let is_group = |nodes: &Vec<u32>| match self.is_one() {
            true => nodes.len() > 1 || nodes.iter().any(|&node| self.count(node) > 1),
            false => {
                nodes.iter().any(|&node| self.node(node).0 == 0) && nodes.iter().any(|&node| self.node(node).0 == 1)
            }
        };
        let copies = self.copies_of();
        let (large, small): (Vec<_>, Vec<_>) =
            components.into_iter().filter(is_group).partition(|nodes| nodes.len() >= LARGE);
        let mut all = Vec::new();
        {
            let part = Part::of_steps(self.progress, "measuring large groups", large.len());
            for nodes in large {
                all.push(self.group(nodes, &copies, &part)?);
                part.advance(1);
            }
        }
        // Their own steps say when to stop.
        let quiet = Part::of_steps(&(), "", 0);
        all.extend(steps(self.progress, "measuring groups", small, |nodes| {
            self.group(nodes.clone(), &copies, &quiet)
        })?);
        all.sort_by(|x, y| {
            let size = y.places.len().cmp(&x.places.len());
            size.then(y.measures.mean.total_cmp(&x.measures.mean)).then(x.places.cmp(&y.places))
        });
        let mut of_node = vec![usize::MAX; count];
        for (i, group) in all.iter().enumerate() {
            group.nodes.iter().for_each(|&node| of_node[node as usize] = i);
        }
        Ok(Groups { all, of_node })
    }

    fn group(&self, nodes: Vec<u32>, copies: &HashMap<Place, Vec<u32>>, part: &Part) -> Result<Grouped> {
        let members = |set: usize| Members {
            all: self.vectors(set),
            counts: &self.sets[set].1.count,
            members: nodes
                .iter()
                .map(|&node| self.node(node))
                .filter(|node| node.0 == set)
                .map(|node| node.1)
                .collect(),
        };
        let rows = members(0);
        let columns = (!self.is_one()).then(|| members(1));
        let measures = measure(&rows, columns.as_ref(), self.threshold, part)?;
        let (set, place) = measures.representative;
        let number = if set == 0 { &rows } else { columns.as_ref().unwrap_or(&rows) }.members[place];
        let mut places: Vec<Place> = nodes.iter().map(|&node| self.place(node)).collect();
        let more = places.iter().flat_map(|place| copies.get(place).into_iter().flatten().map(|&at| (place.0, at)));
        let more: Vec<Place> = more.collect();
        places.extend(more);
        places.sort_unstable();
        let representative = (set, self.sets[set].1.first[number as usize]);
        Ok(Grouped { places, representative, nodes, measures })
    }

    /// Where else each text stands.
    fn copies_of(&self) -> HashMap<Place, Vec<u32>> {
        let mut copies: HashMap<Place, Vec<u32>> = HashMap::new();
        for (set, (_, distinct)) in self.sets.iter().enumerate() {
            for &(at, number) in &distinct.copies {
                copies.entry((set, distinct.first[number as usize])).or_default().push(at);
            }
        }
        copies
    }

    /// The pairs to list, with their places: the strongest, then copies, as many as there is room
    /// for.
    pub fn listed(&self, mut edges: Vec<Edge>, of_node: &[usize]) -> Result<Vec<([Place; 2], Pair)>> {
        edges.truncate(self.options.listed);
        let room = self.options.listed - edges.len();
        let mut pairs = steps(self.progress, "comparing words", edges, |&(score, a, b)| {
            let places = [a, b].map(|node| self.place(node));
            Ok((places, self.pair(places, score, of_node[a as usize])?))
        })?;
        let distinct = self.sets[0].1;
        let copies = if self.is_one() { distinct.copies.as_slice() } else { &[] };
        for &(at, number) in copies.iter().take(room) {
            let places = [(0, distinct.first[number as usize]), (0, at)];
            let vector = wide(&self.vectors(0).read(number as usize..number as usize + 1)?);
            pairs.push((places, self.pair(places, dot(&vector, &vector) as f32, of_node[number as usize])?));
        }
        Ok(pairs)
    }

    fn pair(&self, places: [Place; 2], score: f32, group: usize) -> Result<Pair> {
        let text = |(set, at): Place| self.sets[set].0.text(at as usize);
        let texts = [text(places[0])?, text(places[1])?];
        let score = match self.sets[0].0.similarity() {
            Similarity::Cos => score.min(1.0),
            Similarity::Dot => score,
        };
        Ok(Pair::new(group, [0, 0], score, [&texts[0], &texts[1]]))
    }

    pub fn items(&self, places: &[Place]) -> Result<Vec<Item>> {
        let item = |&(set, at): &Place| {
            let (corpus, at) = (self.sets[set].0, at as usize);
            Ok(Item { id: corpus.id(at)?, set, at, text: corpus.text(at)? })
        };
        places.iter().map(item).collect()
    }
}
