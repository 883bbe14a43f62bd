//! The ledger in words: the parts of the score, shown to add up.

use whysim_core::Precision;

use super::figures::plain;
use super::label::safe;
use super::shown::has_border;
use crate::Explanation;
use crate::explanation::{Method, View};
use crate::names::Named;
use crate::removal::Index;
use crate::similarity::Similarity;
use crate::text::{Origin, Unit};

/// One addend of the score.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Addend {
    /// Its value.
    pub value: f64,
    /// Its name.
    pub name: &'static str,
    /// A plain explanation for first-time readers.
    pub hint: String,
}

/// The addends of the score, with the integration error last; they add up to the score exactly.
pub(crate) fn addends(e: &Explanation) -> Vec<Addend> {
    let total = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
    let mut addends = vec![Addend { value: e.sum, name: "pairs", hint: pairs(e) }];
    if has_border(e) {
        let hints = match e.method {
            Method::Path => [
                "text A with the reference of B",
                "the reference of A with text B",
                "reference with reference: the same for every text of these lengths",
            ],
            Method::Removal => [
                "text A with what is left of B when all of it is removed",
                "what is left of A with text B",
                "what is left of both: the same for every text",
            ],
        };
        let values = [total(&e.border.a), total(&e.border.b), e.border.corner];
        let names = ["A · reference", "reference · B", "references"];
        let all = values.into_iter().zip(names).zip(hints);
        addends.extend(all.map(|((value, name), hint)| Addend { value, name, hint: hint.into() }));
    }
    addends.push(Addend { value: -e.error, name: "remainder", hint: remainder(e) });
    addends
}

/// What is left over.
fn remainder(e: &Explanation) -> String {
    let most = magnitude(e.bound);
    match e.method {
        Method::Path => format!("minus the error of the numerical integration, which is at most {most}"),
        Method::Removal if e.rule == Index::Banzhaf.name() => {
            "what Banzhaf values leave over: they do not sum to the whole".into()
        }
        Method::Removal => format!("rounding, at most {most}: Shapley values sum to the whole"),
    }
}

/// What the pairs are: those of the texts' own rows by their mean, and the others.
fn pairs(e: &Explanation) -> String {
    let parts = e.parts();
    let other = |origin| [&e.a, &e.b].iter().any(|side| side.tokens.iter().any(|token| token.origin == origin));
    let others = match (other(Origin::Special), other(Origin::Prompt)) {
        _ if parts.pairs == e.a.tokens.len() * e.b.tokens.len() => String::new(),
        (_, false) => format!(", and {} from pairs with special tokens", plain(parts.others)),
        (false, true) => format!(", and {} from pairs with the prompt", plain(parts.others)),
        (true, true) => format!(", and {} from pairs with special tokens and the prompt", plain(parts.others)),
    };
    let (row, mean) = (row(e), plain(parts.mean));
    format!("every {row} of A with every {row} of B: {} pairs with a mean of {mean}{others}", parts.pairs)
}

/// How much of what sets pairs apart is main effects and how much interaction, in whole per cents
/// that add up. None where all pairs are equal.
pub(crate) fn variation(e: &Explanation) -> Option<[String; 2]> {
    let interaction = (100.0 * e.parts().share()?).round();
    Some([format!("{:.0} % main effects", 100.0 - interaction), format!("{interaction:.0} % interaction")])
}

/// The same as a sentence.
pub(crate) fn variation_line(e: &Explanation) -> Option<String> {
    let [main, interaction] = variation(e)?;
    let row = row(e);
    Some(format!(
        "variation of the pairs: {main} (what a {row} has with everything), {interaction} (what two {row}s have with each \
         other beyond that)"
    ))
}

/// A bound, rounded up so that it still holds.
fn magnitude(bound: f64) -> String {
    if bound <= 0.0 || !bound.is_finite() {
        return plain(bound);
    }
    let step = 10f64.powi(bound.log10().floor() as i32 - 1);
    format!("{:.1e}", (bound / step).ceil() * step)
}

/// What a row is.
pub(crate) fn row(e: &Explanation) -> &'static str {
    match e.by {
        Unit::Token => "token",
        Unit::Word => "word",
        Unit::Sentence => "sentence",
    }
}

/// The similarity's name.
pub(crate) fn similarity(e: &Explanation) -> &'static str {
    match e.similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    }
}

/// What a heatmap shows.
pub(crate) fn subject(e: &Explanation, view: View) -> String {
    match view {
        View::Attribution => format!("{} attribution", kind(e)),
        View::Interaction => format!("interaction ({} attribution less main effects)", kind(e)),
    }
}

/// `exact` or `approximate`.
pub(crate) fn kind(e: &Explanation) -> &'static str {
    if e.exact { "exact" } else { "approximate" }
}

/// The meaning of that kind, in one line.
pub(crate) fn meaning(e: &Explanation) -> &'static str {
    match (e.method, e.exact) {
        (Method::Path, true) => "the model's references are at zero, so the pairs alone make up the score",
        (Method::Path, false) => {
            "the model is used off the shelf, so part of the score comes from the references and not from pairs"
        }
        (Method::Removal, true) => "an empty text counts as zero, so the pairs alone make up the score",
        (Method::Removal, false) => {
            "to this model an empty text is something, so part of the score comes from what is left and not from pairs"
        }
    }
}

/// How the numbers were computed, in parts that can be set on one line or on several.
pub(crate) fn recipe(e: &Explanation) -> Vec<String> {
    if e.method == Method::Removal {
        return recipe_of_removal(e);
    }
    let [a, b] = e.steps;
    let steps = if a == b { format!("N = {a}") } else { format!("N = {a} for A, {b} for B") };
    let gaps = format!("gaps {:.1e}, {:.1e}", e.gaps[0], e.gaps[1]);
    let mut parts = vec![safe(&e.model), place(e), safe(&e.rule), steps, gaps];
    if e.precision != Precision::default() {
        parts.push(format!("products in {}", e.precision));
    }
    parts.push(format!("reference: {}", safe(&e.reference)));
    parts
}

/// Where in the model the attributions are taken; by removal, how the texts were taken apart.
pub(crate) fn place(e: &Explanation) -> String {
    match e.method {
        Method::Path => format!("layer {} of {}", e.layer, e.layers),
        Method::Removal => {
            let removed = e.removal.map_or(String::new(), |rule| format!(" ({rule})"));
            format!("{} values by removing {}s{removed}", e.rule, row(e))
        }
    }
}

fn recipe_of_removal(e: &Explanation) -> Vec<String> {
    let [a, b] = e.steps;
    let sampled = e.standard_error.as_ref().is_some_and(|error| error.matrix.iter().flatten().any(|&v| v > 0.0));
    let drawn = if sampled { "some drawn at random" } else { "all combinations" };
    vec![
        safe(&e.model),
        place(e),
        format!("{a} and {b} texts embedded, {drawn}"),
        format!("an empty text counts as {}", if e.exact { "zero" } else { "the model embeds it" }),
    ]
}

/// A warning for every text that was not read to its end, or whose integration missed its
/// tolerance.
pub(crate) fn warnings(e: &Explanation) -> Vec<String> {
    let [a, b] = e.convergence();
    let missed = [("text A", a), ("text B", b)].into_iter().filter_map(|(which, text)| text.shortfall(which));
    let warn = |(name, side): (&str, &crate::explanation::Side)| {
        let cut = side.truncated?;
        Some(format!(
            "text {name} is too long for the model: it read {} of {} tokens, and the rest does not affect the score",
            cut.read, cut.of
        ))
    };
    [("A", &e.a), ("B", &e.b)].into_iter().filter_map(warn).chain(missed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::Truncated;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn addends_add_up_to_the_score() {
        for e in [garden(), garden().by(Unit::Word), sized(5), sized(60)] {
            let total: f64 = addends(&e).iter().map(|addend| addend.value).sum();
            assert!((total - e.score).abs() < 1e-6, "{total} {}", e.score);
        }
        assert_eq!((addends(&garden()).len(), addends(&sized(5)).len()), (5, 2));
    }

    #[test]
    fn pairs_are_told_by_their_mean() {
        let e = garden();
        let parts = e.parts();
        let hint = addends(&e).remove(0).hint;
        assert!(hint.contains(&format!("120 pairs with a mean of {}, and", plain(parts.mean))), "{hint}");
        assert!(hint.ends_with("with special tokens"), "{hint}");
        let mut prompted = e.clone();
        prompted.a.tokens[1].origin = Origin::Prompt;
        assert!(addends(&prompted).remove(0).hint.contains("108 pairs"));
        assert!(addends(&prompted).remove(0).hint.ends_with("special tokens and the prompt"));
    }

    #[test]
    fn the_shares_of_the_variation_add_up_as_they_are_written() {
        for e in [garden(), garden().by(Unit::Word), sized(5), sized(40)] {
            let shares = variation(&e).unwrap();
            let whole: u32 = shares.iter().map(|share| share.split(' ').next().unwrap().parse::<u32>().unwrap()).sum();
            assert_eq!(whole, 100);
            assert!(variation_line(&e).unwrap().contains(&shares[1]));
        }
        let mut flat = sized(5);
        flat.matrix = vec![vec![0.1; 5]; 5];
        assert_eq!(variation_line(&flat), None);
    }

    #[test]
    fn bounds_are_rounded_up() {
        assert_eq!(magnitude(1.91e-5), "2.0e-5");
        assert_eq!(magnitude(0.0), "0");
    }

    #[test]
    fn truncation_is_said() {
        let mut e = garden();
        assert!(warnings(&e).is_empty());
        e.b.truncated = Some(Truncated { read: 384, of: 900 });
        assert!(warnings(&e)[0].contains("384 of 900"));
    }

    #[test]
    fn a_missed_tolerance_is_said() {
        let mut e = garden();
        (e.gaps, e.tolerances) = ([1e-4, 0.02], [Some(1e-3); 2]);
        let told = warnings(&e);
        assert!(told.len() == 1 && told[0].contains("gap of text B is 2.0e-2"), "{told:?}");
    }
}
