//! One pair of texts under two models.

use serde::Serialize;

use super::align::{Place, align};
use crate::error::{Error, Result};
use crate::explanation::{Explanation, Method};
use crate::rank::{ranks, spearman};
use crate::text::Unit;

/// One pair of texts under two models, or at two layers of one. Arrays of two have the first model,
/// then the second; what moved is the second less the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// What the two are called: the models' names, with what tells them apart where they are equal.
    pub names: [String; 2],
    /// What a word is: `Word`, or `Sentence`.
    pub by: Unit,
    /// The similarity of the two texts under each.
    pub scores: [f64; 2],
    /// The second score less the first.
    pub moved: f64,
    /// Text A.
    pub a: Text,
    /// Text B.
    pub b: Text,
    /// The pairs of words whose interaction moved most, strongest first.
    pub pairs: Vec<WordPair>,
    /// How far the two matrices agree.
    pub agreement: Agreement,
    /// The two explanations, by the words that both have.
    pub explanations: [Explanation; 2],
}

/// One text of the pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Text {
    /// The text as it was given.
    pub text: String,
    /// Its words, in order.
    pub words: Vec<Word>,
    /// What is left of each score without the words' totals: special and prompt tokens, and the
    /// text's reference.
    pub rest: [f64; 2],
}

/// A word, or a sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Word {
    /// The word as it was written.
    pub text: String,
    /// First character in the text, counted in Unicode code points.
    pub start: usize,
    /// One past the last character, counted in Unicode code points.
    pub end: usize,
    /// Its row in A, or column in B, in each explanation; None where the model did not see it, for
    /// example because the text is too long for it.
    pub rows: [Option<usize>; 2],
    /// What it adds to each score; 0 where the model did not see it.
    pub totals: [f64; 2],
    /// The second total less the first.
    pub moved: f64,
    /// Its place among the text's words by what they add, 1 for the most; ties share the mean.
    pub ranks: [f64; 2],
}

/// A word of A with a word of B.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordPair {
    /// Index of the word in A.
    pub a: usize,
    /// Index of the word in B.
    pub b: usize,
    /// Their attribution.
    pub attribution: [f64; 2],
    /// Their interaction.
    pub interaction: [f64; 2],
    /// The second interaction less the first.
    pub moved: f64,
}

/// Spearman's correlation of two models' matrices, over the words that both saw. None where it is
/// undefined, as for a single pair of words.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Of attributions.
    pub attribution: Option<f64>,
    /// Of interactions.
    pub interaction: Option<f64>,
}

impl Comparison {
    /// Compares two explanations of the same texts. Rows of tokens are summed to words; if one of
    /// the two is by sentences, so is the comparison. `keep`: how many pairs of words to list.
    ///
    /// # Errors
    /// If they are of different texts.
    pub fn new(explanations: [&Explanation; 2], keep: usize) -> Result<Self> {
        let [first, second] = explanations;
        for (one, other) in [(&first.a, &second.a), (&first.b, &second.b)] {
            if one.text != other.text {
                let expected = format!("of the same texts, such as `{}`", one.text);
                return Err(Error::Option { option: "two explanations", expected, got: format!("`{}`", other.text) });
            }
        }
        let aligned = align(explanations);
        let explanations = aligned.explanations;
        let scores = [explanations[0].score, explanations[1].score];
        let [of_a, of_b] = &aligned.words;
        let totals = [0, 1].map(|model: usize| explanations[model].relevance().sides());
        let text = |side: usize, text: &str, places: &[Place]| {
            let totals = [&totals[0][side], &totals[1][side]];
            Text::new(text, places, totals, scores)
        };
        let (pairs, agreement) = pairs(&explanations, of_a, of_b, keep);
        Ok(Self {
            names: names(&explanations),
            by: explanations[0].by,
            scores,
            moved: scores[1] - scores[0],
            a: text(0, &first.a.text, of_a),
            b: text(1, &first.b.text, of_b),
            pairs,
            agreement,
            explanations,
        })
    }
}

impl Text {
    /// totals: of the rows of each explanation.
    fn new(text: &str, places: &[Place], totals: [&Vec<f64>; 2], scores: [f64; 2]) -> Self {
        let of = |place: &Place, model: usize| place.rows[model].map_or(0.0, |row| totals[model][row]);
        let down = [0, 1].map(|model| places.iter().map(|place| -of(place, model)).collect::<Vec<f64>>());
        let ranks = [ranks(&down[0]), ranks(&down[1])];
        let word = |(i, place): (usize, &Place)| {
            let totals = [of(place, 0), of(place, 1)];
            Word {
                text: place.token.text.clone(),
                start: place.token.start,
                end: place.token.end,
                rows: place.rows,
                totals,
                moved: totals[1] - totals[0],
                ranks: [ranks[0][i], ranks[1][i]],
            }
        };
        let rest = [0, 1].map(|model| scores[model] + down[model].iter().sum::<f64>());
        Self { text: text.to_owned(), words: places.iter().enumerate().map(word).collect(), rest }
    }
}

/// The pairs of words that moved most, and how far all of them agree.
fn pairs(explanations: &[Explanation; 2], a: &[Place], b: &[Place], keep: usize) -> (Vec<WordPair>, Agreement) {
    let interactions = [explanations[0].interaction(), explanations[1].interaction()];
    let cell = |matrix: &[Vec<f32>], i: Option<usize>, j: Option<usize>| Some(f64::from(*matrix.get(i?)?.get(j?)?));
    let mut pairs = Vec::with_capacity(a.len() * b.len());
    let mut seen: [Vec<f64>; 4] = Default::default();
    for (i, row) in a.iter().enumerate() {
        for (j, column) in b.iter().enumerate() {
            let of = |matrix: &[Vec<f32>], model: usize| cell(matrix, row.rows[model], column.rows[model]);
            let attribution = [0, 1].map(|model| of(&explanations[model].matrix, model));
            let interaction = [0, 1].map(|model| of(&interactions[model], model));
            if let ([Some(x), Some(y)], [Some(u), Some(v)]) = (attribution, interaction) {
                seen.iter_mut().zip([x, y, u, v]).for_each(|(values, value)| values.push(value));
            }
            let [attribution, interaction] = [attribution, interaction].map(|both| both.map(Option::unwrap_or_default));
            pairs.push(WordPair { a: i, b: j, attribution, interaction, moved: interaction[1] - interaction[0] });
        }
    }
    pairs.sort_by(|x, y| y.moved.abs().total_cmp(&x.moved.abs()));
    pairs.truncate(keep);
    let agreement = Agreement { attribution: spearman(&seen[0], &seen[1]), interaction: spearman(&seen[2], &seen[3]) };
    (pairs, agreement)
}

/// What to call the two, so that they can be told apart.
fn names(explanations: &[Explanation; 2]) -> [String; 2] {
    let model = |e: &Explanation| e.model.clone();
    let layer = |e: &Explanation| format!("{}, layer {} of {}", e.model, e.layer, e.layers);
    let method = |e: &Explanation| match e.method {
        Method::Path => layer(e),
        Method::Removal => format!("{}, by removal", e.model),
    };
    let ways: [&dyn Fn(&Explanation) -> String; 3] = [&model, &layer, &method];
    let named = |way: &&dyn Fn(&Explanation) -> String| [way(&explanations[0]), way(&explanations[1])];
    let told_apart = ways.iter().map(named).find(|[one, other]| one != other);
    told_apart.unwrap_or_else(|| {
        let [one, other] = named(&ways[0]);
        [format!("{one} (first)"), format!("{other} (second)")]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::garden;

    #[test]
    fn an_explanation_with_itself_moves_nothing() {
        let e = garden();
        let same = Comparison::new([&e, &e], 5).unwrap();
        assert_eq!((same.moved, same.pairs.len()), (0.0, 5));
        assert!(
            same.a.words.iter().chain(&same.b.words).all(|word| word.moved == 0.0 && word.ranks[0] == word.ranks[1])
        );
        assert!((same.agreement.attribution.unwrap() - 1.0).abs() < 1e-12);
        assert!((same.agreement.interaction.unwrap() - 1.0).abs() < 1e-12);
        assert_ne!(same.names[0], same.names[1]);
        assert_eq!(same.explanations[0], e.by(Unit::Word));
    }

    #[test]
    fn a_word_that_moves_is_found_in_its_total_and_its_pairs() {
        let e = garden().by(Unit::Word);
        let mut other = e.clone();
        (other.model, other.layer) = ("another".into(), 3);
        other.matrix[2][3] += 0.5;
        let moved = Comparison::new([&e, &other], 3).unwrap();
        // Row 0 is a special token, which is no word.
        let (a, b) = (&moved.a.words[1], &moved.b.words[2]);
        assert!((a.moved - 0.5).abs() < 1e-6 && (b.moved - 0.5).abs() < 1e-6, "{a:?} {b:?}");
        assert_eq!((moved.pairs[0].a, moved.pairs[0].b), (1, 2));
        assert!(moved.pairs[0].moved > 0.3 && moved.agreement.interaction.unwrap() < 1.0);
        assert_eq!(moved.names, [e.model.clone(), "another".into()]);
        // Scores did not move, so what the word gained is missing in the rest.
        assert!((moved.a.rest[1] - moved.a.rest[0] + 0.5).abs() < 1e-6);
    }

    #[test]
    fn layers_are_told_apart_by_their_numbers() {
        let e = garden();
        let mut other = e.clone();
        other.layer = 3;
        let names = Comparison::new([&e, &other], 1).unwrap().names;
        assert!(names[0].ends_with("layer 11 of 12") && names[1].ends_with("layer 3 of 12"), "{names:?}");
    }

    #[test]
    fn other_texts_are_refused() {
        let e = garden();
        let mut other = e.clone();
        other.b.text = "something else".into();
        assert!(Comparison::new([&e, &other], 1).unwrap_err().to_string().contains("something else"));
    }

    #[test]
    fn the_coarser_of_two_units_is_taken() {
        let e = garden();
        let coarse = Comparison::new([&e, &e.by(Unit::Sentence)], 1).unwrap();
        assert_eq!((coarse.by, coarse.a.words.len()), (Unit::Sentence, 1));
    }
}
