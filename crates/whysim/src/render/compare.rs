//! What moves between two models, in words and as JSON.

use std::cmp::Ordering;

use super::figures::{plain, signed};
use super::json::laid_out;
use super::label::{Align, columns, cut, pad, safe};
use crate::compare::{Agreed, Comparison, Gold, Moved, Overview, Text, Word, WordMove};
use crate::similarity::Similarity;

/// Columns that a text may take.
const ROOM: usize = 92;

/// Scores that differ by less differ by rounding.
const STILL: f64 = 1e-6;

/// Words that a sentence names.
const NAMED: usize = 3;

/// One pair under two models, as plain text. top: how many words of each text, and how many pairs
/// of words, to list.
pub fn comparison(c: &Comparison, top: usize) -> String {
    let mut out = heading(&c.names);
    for (which, text) in [("A", &c.a), ("B", &c.b)] {
        out += &format!("{which:<8}{}\n", cut(&safe(text.text.trim()), ROOM));
    }
    out += &format!("\n{}\n", verdict(c));
    out += &leaders(c).iter().map(|line| format!("{line}\n")).collect::<String>();
    out += "\nwhat each word adds to the score\n      first     second      moved  rank      word\n";
    for (which, text) in [("A", &c.a), ("B", &c.b)] {
        out += &words(which, text, top);
    }
    out + &pairs(c, top) + &agreement(c)
}

/// Many pairs under two models, as plain text. top: how many words to list.
pub fn overview(o: &Overview, top: usize) -> String {
    let mut out = heading(&o.names) + "\n" + &scores(&o.scores, o.pairs.len());
    out += &o.gold.as_ref().map(gold).unwrap_or_default();
    let is_still = o.pairs.iter().all(|pair| (pair.scores[1] - pair.scores[0]).abs() < STILL);
    out += if is_still { "\npairs that were drawn, since no score moves\n" } else { "\npairs that moved most\n" };
    out += &o.moved.iter().map(|pair| moved(pair, o.pairs.len())).collect::<String>();
    out + &table(&o.words, o.sample, top)
}

/// The comparison as JSON, with both explanations.
pub fn comparison_json(c: &Comparison) -> String {
    // Writing plain structs to memory cannot fail: every map key is a string.
    laid_out(&serde_json::to_string(c).unwrap_or_default())
}

/// The overview as JSON, with the scores of every pair and both explanations of each that moved.
pub fn overview_json(o: &Overview) -> String {
    laid_out(&serde_json::to_string(o).unwrap_or_default())
}

fn heading(names: &[String; 2]) -> String {
    format!("first   {}\nsecond  {}\n", safe(&names[0]), safe(&names[1]))
}

/// What became of the score, in a sentence.
fn verdict(c: &Comparison) -> String {
    let kind = c.explanations.each_ref().map(|e| match e.similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    });
    let [first, second] = c.scores.map(plain);
    if c.moved.abs() < STILL && kind[0] == kind[1] {
        return format!("Both give this pair a {} of {first}.", kind[0]);
    }
    let other = if kind[0] == kind[1] { String::new() } else { format!("a {} of ", kind[0]) };
    format!(
        "The second gives this pair a {} of {second} where the first gives {other}{first}: {}.\nScores of two models are on scales of \
         their own: a file of pairs shows whether this one would rank higher or lower.",
        kind[1],
        signed(c.moved)
    )
}

/// The words that moved most, a sentence each.
fn leaders(c: &Comparison) -> Vec<String> {
    let sentence = |(which, word): (&str, &Word)| {
        let [first, second] = word.totals.map(signed);
        format!("`{}` in {which} adds {second} under the second, {first} under the first.", safe(&word.text))
    };
    strongest(c).into_iter().take(NAMED).map(sentence).collect()
}

/// The words of both texts by how far they moved.
fn strongest(c: &Comparison) -> Vec<(&'static str, &Word)> {
    let (a, b) = (c.a.words.iter().map(|word| ("A", word)), c.b.words.iter().map(|word| ("B", word)));
    let mut words: Vec<_> = a.chain(b).collect();
    words.sort_by(|x, y| by_size(x.1.moved, y.1.moved));
    words
}

/// Largest absolute value first.
fn by_size(x: f64, y: f64) -> Ordering {
    y.abs().total_cmp(&x.abs())
}

fn words(which: &str, text: &Text, top: usize) -> String {
    let mut words: Vec<&Word> = text.words.iter().collect();
    words.sort_by(|x, y| by_size(x.moved, y.moved));
    let line = |word: &&Word| {
        let unseen = match word.rows {
            [None, _] => "  (not seen by the first)",
            [_, None] => "  (not seen by the second)",
            _ => "",
        };
        let ranks = format!("{} → {}", word.ranks[0], word.ranks[1]);
        row(word.totals, word.moved) + &format!("  {ranks:<8}  {}{unseen}\n", cut(&safe(&word.text), ROOM / 2))
    };
    let mut out = format!("{which}\n") + &words.iter().take(top).map(line).collect::<String>();
    if words.len() > top {
        let sum = |model: usize| words.iter().skip(top).map(|word| word.totals[model]).sum::<f64>();
        let others = [sum(0), sum(1)];
        out += &(row(others, others[1] - others[0]) + &format!("{:12}({} other words)\n", "", words.len() - top));
    }
    out + &row(text.rest, text.rest[1] - text.rest[0]) + &format!("{:12}(special tokens and the reference)\n", "")
}

fn row(both: [f64; 2], moved: f64) -> String {
    format!("{:>11}{:>11}{:>11}", plain(both[0]), plain(both[1]), signed(moved))
}

fn pairs(c: &Comparison, top: usize) -> String {
    let shown = c.pairs.iter().take(top);
    let name = |text: &Text, i: usize| text.words.get(i).map_or(String::new(), |word| cut(&safe(&word.text), ROOM / 4));
    let line = |pair: &crate::compare::WordPair| {
        let [first, second] = pair.attribution.map(plain);
        let names = format!("{} × {}", name(&c.a, pair.a), name(&c.b, pair.b));
        row(pair.interaction, pair.moved) + &format!("  {}  {first} → {second}\n", pad(&names, 28, Align::Left))
    };
    let lines: String = shown.map(line).collect();
    let head = "\ninteraction of words, A × B: what two words have with each other alone\n";
    let title = format!("      first     second      moved  {:28}  attribution\n", "A × B");
    if lines.is_empty() { String::new() } else { format!("{head}{title}{lines}") }
}

fn agreement(c: &Comparison) -> String {
    let [attribution, interaction] = [c.agreement.attribution, c.agreement.interaction].map(number);
    format!("\nSpearman's correlation of the two matrices: interaction {interaction}, attribution {attribution}\n")
}

/// A correlation; a dash where it is undefined.
fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), |v| format!("{v:.3}"))
}

fn scores(s: &Agreed, pairs: usize) -> String {
    let [mean, deviation] = [s.mean, s.deviation].map(|both| both.map(plain));
    let mut out = format!(
        "{pairs} pairs: the scores of the two correlate by {} (Spearman), {} (Pearson)\n",
        number(s.spearman),
        number(s.pearson)
    );
    if let Some(share) = s.discordant {
        out += &format!(
            "The two disagree about which of two pairs is the more similar one in {:.1} % of cases (Kendall's tau {}).\n",
            100.0 * share,
            number(s.kendall)
        );
    }
    out + &format!(
        "Scores differ by {} on average. The first's have mean {} and standard deviation {}, the second's {} and {}:\n\
         two models are on scales of their own, so compare ranks and standardised scores.\n",
        plain(s.difference),
        mean[0],
        deviation[0],
        mean[1],
        deviation[1]
    )
}

fn gold(gold: &Gold) -> String {
    let [spearman, pearson] = [gold.spearman, gold.pearson].map(|both| both.map(number));
    format!(
        "With the gold scores of {} pairs the first has a Spearman correlation of {}, the second one of {} (Pearson {}, {}).\n",
        gold.pairs, spearman[0], spearman[1], pearson[0], pearson[1]
    )
}

fn moved(pair: &Moved, of: usize) -> String {
    let s = &pair.scored;
    let model = |i: usize| {
        format!("{} (rank {} of {of}, {} sd)", plain(s.scores[i]), s.ranks[i], signed_short(s.standardised[i]))
    };
    let gold = s.gold.map_or_else(String::new, |gold| format!(", gold {}", plain(gold)));
    let word = |(which, word): (&str, &Word)| format!("`{}` in {which} {}", safe(&word.text), signed(word.moved));
    let c = &pair.comparison;
    let words: Vec<String> = strongest(c).into_iter().take(NAMED + 1).map(word).collect();
    format!(
        "pair {}: first {}, second {}{gold}\n  A  {}\n  B  {}\n  moved by {}\n",
        pair.number,
        model(0),
        model(1),
        cut(&safe(c.a.text.trim()), ROOM),
        cut(&safe(c.b.text.trim()), ROOM),
        words.join(", ")
    )
}

fn signed_short(value: f64) -> String {
    format!("{value:+.2}")
}

fn table(words: &[WordMove], sample: usize, top: usize) -> String {
    if words.is_empty() {
        return String::new();
    }
    let shown = &words[..top.min(words.len())];
    let width = shown.iter().map(|word| columns(&safe(&word.word))).max().unwrap_or(0).min(ROOM / 3);
    let line = |word: &WordMove| {
        let name = pad(&cut(&safe(&word.word), width), width, Align::Left);
        format!(
            "  {}{}{:>9} sd{:>7}\n",
            name,
            row(word.totals, word.moved),
            signed_short(word.standardised),
            word.count
        )
    };
    format!(
        "\nwords that moved scores most: their mean totals in {sample} pairs that were drawn\n  {}      first     second      moved  standardised  times\n",
        " ".repeat(width)
    ) + &shown.iter().map(line).collect::<String>()
}
