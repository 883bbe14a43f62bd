//! What each token adds to the score: as the colour of the texts, and the strongest as a list.
//! Each text has a scale of its own, since a long text shares the score among more tokens.

use super::paint::Paint;
use super::{Terminal, wrap};
use crate::Explanation;
use crate::explanation::{Listed, Side};
use crate::render::figures::plain;
use crate::render::label::{Align, columns, cut, list_names, pad, safe};
use crate::text::Origin;

/// Terminal columns before a text.
const INDENT: usize = 3;
/// Lines that are enough to recognise a text, and those of one whose colours tell more.
const LINES: [usize; 2] = [2, 10];
/// Of the largest value: what is paler is left without colour.
const LEAST: f64 = 0.05;

/// A text under its name, cut to a few lines. relevance: what each of its rows adds to the score.
pub(super) fn text(side: &Side, relevance: &[f64], name: &str, width: usize, paint: Paint) -> Vec<String> {
    let most = LINES[usize::from(!paint.is_plain())];
    let own = side.text.trim();
    let lines = wrap(&cut(&safe(own), most * (width - INDENT) - 6 * most), width, name, INDENT);
    if paint.is_plain() {
        return lines;
    }
    let skipped = side.text.chars().take_while(|c| c.is_whitespace()).count();
    let mut shown = painted(own, skipped, side, relevance).into_iter().peekable();
    let limit = largest(side, relevance);
    lines.iter().map(|line| colored(line, &mut shown, limit, paint)).collect()
}

/// The characters that are seen of a text, with the values of the rows that they belong to.
/// skipped: how many characters of the side's text come before.
fn painted(own: &str, skipped: usize, side: &Side, relevance: &[f64]) -> Vec<(char, f64)> {
    let mut values = vec![0.0; side.text.chars().count()];
    for (token, &value) in side.tokens.iter().zip(relevance).filter(|(token, _)| token.origin == Origin::Text) {
        values.iter_mut().take(token.end).skip(token.start).for_each(|place| *place = value);
    }
    let value = |i: usize| values.get(i + skipped).copied().unwrap_or_default();
    let seen = |(i, c): (usize, char)| safe(&c.to_string()).chars().map(|c| (c, value(i))).collect::<Vec<_>>();
    own.chars().enumerate().flat_map(seen).collect()
}

/// A line in colours. shown: what comes next of the text; a line break has taken the place of a
/// space.
fn colored(
    line: &str,
    shown: &mut std::iter::Peekable<impl Iterator<Item = (char, f64)>>,
    limit: f64,
    paint: Paint,
) -> String {
    let (name, text) = line.split_at(line.char_indices().nth(INDENT).map_or(line.len(), |(i, _)| i));
    let mut runs: Vec<(String, f64)> = Vec::new();
    let mut first = true;
    for c in text.chars() {
        while first && c != ' ' && shown.next_if(|&(next, _)| next == ' ').is_some() {}
        first = false;
        // The mark of what is cut off is no part of the text.
        let value = shown.next_if(|&(next, _)| next == c).map_or(0.0, |(_, value)| value);
        match runs.last_mut() {
            Some((run, of)) if *of == value => run.push(c),
            _ => runs.push((c.to_string(), value)),
        }
    }
    let run = |(run, value): &(String, f64)| match value.abs() {
        strength if strength >= LEAST * limit && strength > 0.0 => paint.on_value(run, *value, limit),
        _ => run.clone(),
    };
    name.to_owned() + &runs.iter().map(run).collect::<String>()
}

/// The largest value of the text's own rows.
fn largest(side: &Side, relevance: &[f64]) -> f64 {
    let own = relevance.iter().zip(side.counted()).filter(|(value, counted)| *counted && value.is_finite());
    own.fold(0.0, |most, (value, _)| value.abs().max(most))
}

/// The rows of A and of B that add most, side by side.
pub(super) fn strongest(e: &Explanation, width: usize, options: &Terminal, paint: Paint) -> Vec<String> {
    let relevance = e.relevance();
    let room = width / 2 - 1;
    let errors = e.standard_error.as_ref();
    let names = [&e.a, &e.b].map(|side| list_names(&side.tokens, e.by));
    let a = listed((&e.a, &names[0]), &relevance.a, errors.map(|errors| errors.a.as_slice()), options, room);
    let b = listed((&e.b, &names[1]), &relevance.b, errors.map(|errors| errors.b.as_slice()), options, room);
    if a.is_empty() && b.is_empty() {
        return Vec::new();
    }
    let line = |i: usize| {
        let cell = |rows: &[String]| rows.get(i).cloned().unwrap_or_default();
        (pad(&cell(&a), room, Align::Left) + "  " + &cell(&b)).trim_end().to_owned()
    };
    let title = pad("what each token of A adds to the score", room, Align::Left) + "  and of B";
    let title = title.replace("token", super::row(e));
    [paint.bold(&cut(&title, width))].into_iter().chain((0..a.len().max(b.len())).map(line)).collect()
}

fn listed(
    (side, names): (&Side, &[String]),
    relevance: &[f64],
    errors: Option<&[f32]>,
    options: &Terminal,
    room: usize,
) -> Vec<String> {
    let counted = side.counted();
    let is_listed = |i: usize| options.listed == Listed::All || counted[i];
    let mut rows: Vec<usize> = (0..names.len().min(relevance.len())).filter(|&i| is_listed(i)).collect();
    rows.sort_by(|&x, &y| relevance[y].abs().total_cmp(&relevance[x].abs()));
    let line = |&i: &usize| {
        let error = errors.and_then(|errors| errors.get(i)).filter(|&&error| error > 0.0);
        let error = error.map_or(String::new(), |&error| format!(" ± {}", plain(f64::from(error))));
        let figure = format!("{:>11}{error}  ", plain(relevance[i]));
        let name = cut(&names[i], room.saturating_sub(columns(&figure)));
        cut(&(figure + &name), room)
    };
    rows.iter().take(options.top).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, rectangle};
    use crate::render::color::Theme;
    use crate::render::terminal::Color;

    const PAINT: Paint = Paint { color: Color::TrueColor, theme: Theme::Light };

    #[test]
    fn each_token_has_the_colour_of_what_it_adds() {
        let mut e = garden();
        e.a.text = format!("  {}", e.a.text);
        e.a.tokens.iter_mut().filter(|token| token.origin == Origin::Text).for_each(|token| {
            token.start += 2;
            token.end += 2;
        });
        let mut relevance = vec![0.0; e.a.tokens.len()];
        (relevance[2], relevance[6]) = (0.5, -0.25);
        let drawn = text(&e.a, &relevance, "A", 24, PAINT);
        for (word, value) in [("dog", 0.5), ("kitten", -0.25)] {
            let expected = PAINT.on_value(word, value, 0.5);
            assert_eq!(drawn.iter().filter(|line| line.contains(&expected)).count(), 1, "{drawn:?}");
        }
        assert_eq!(drawn.concat().matches('\u{1b}').count(), 4);
    }

    #[test]
    fn what_is_listed_is_strongest_and_leaves_special_tokens_out() {
        let mut e = garden();
        e.matrix[0].iter_mut().for_each(|value| *value = 9.0);
        let relevance = e.relevance();
        let lines = |options: &Terminal| strongest(&e, 80, options, Paint { color: Color::None, ..PAINT });
        let own = lines(&Terminal { top: 3, ..Terminal::default() });
        assert_eq!(own.len(), 4);
        let largest = relevance.a[1..11].iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        assert!(
            own[1].trim_start().trim_start_matches('-').starts_with(plain(largest).trim_start_matches('-')),
            "{own:?}"
        );
        let all = lines(&Terminal { top: 1, listed: Listed::All, ..Terminal::default() });
        assert!(!own.concat().contains("<s>") && all[1].contains("<s>"), "{all:?}");
        let long = strongest(&rectangle(14, 200), 40, &Terminal::default(), PAINT);
        assert!(long.iter().skip(1).all(|line| columns(line) <= 40), "{long:?}");
    }
}
