  // Inside two sentences: their words alone, as rows of the whole. Scales are those of the whole, so
  // that colours mean the same.
  const cut = (values, { from, to }) => values?.slice(from, to);
  const cutBoth = (matrix, { a, b }) => cut(matrix, a)?.map((row) => cut(row, b));

  /// The rows of a finer level that lie inside one row of this level; null if there are none.
  const within = (tokens, { start, end }) => {
    const inside = (token) => token.start >= start && token.end <= end && token.start < token.end;
    const from = tokens.findIndex(inside);
    return from < 0 ? null : { from, to: tokens.findLastIndex(inside) + 1 };
  };

  /// A text's elements from one row to another, counted anew.
  const cutText = (html, { from, to }) => {
    const box = element("div", "", "");
    box.innerHTML = html;
    const passage = box.firstElementChild;
    const rows = [...passage.querySelectorAll(".ws-row")];
    while (passage.firstChild !== rows[from]) passage.firstChild.remove();
    while (passage.lastChild !== rows[to - 1]) passage.lastChild.remove();
    passage.querySelectorAll(".ws-row").forEach((row, i) => (row.dataset.i = i));
    return box.innerHTML;
  };

  /// Which finer level shows what is in a chosen pair of sentences, and where in it; null if none.
  const insides = (pair) => {
    const { levels } = pair.data.settings;
    const { a, b } = pair.active;
    if (!pair.pinned || pair.set.by !== "sentence" || !pair.set.counted.a[a] || !pair.set.counted.b[b]) return null;
    const level = ["word", "token"].map((unit) => levels.findIndex(({ by }) => by === unit)).find((k) => k >= 0);
    if (level === undefined) return null;
    const fine = pair.data.explanations[level];
    const place = { a: within(fine.a.tokens, pair.e.a.tokens[a]), b: within(fine.b.tokens, pair.e.b.tokens[b]) };
    return place.a && place.b ? { level, place } : null;
  };

  /// A part of a level: what is known of it, and its numbers.
  const blockOf = ({ settings, explanations }, { level, place }) => {
    const [set, e] = [settings.levels[level], explanations[level]];
    const sides = (of) => ({ a: of("a"), b: of("b") });
    const look = (view) => ({ ...set.views[view], border: false });
    const own = {
      texts: sides((side) => cutText(set.texts[side], place[side])),
      views: { attribution: look("attribution"), interaction: look("interaction") },
    };
    for (const name of ["names", "labels", "counted"]) own[name] = sides((side) => cut(set[name][side], place[side]));
    const values = sides((side) => ({ ...e[side], tokens: cut(e[side].tokens, place[side]) }));
    for (const name of ["matrix", "interaction"]) values[name] = cutBoth(e[name], place);
    for (const name of ["relevance", "border", "effects"]) {
      values[name] = { ...e[name], ...sides((side) => cut(e[name][side], place[side])) };
    }
    const errors = e.standard_error;
    if (errors) {
      const [matrix, interaction] = [errors.matrix, errors.interaction].map((error) => cutBoth(error, place));
      values.standard_error = { ...errors, ...sides((side) => cut(errors[side], place[side])), matrix, interaction };
    }
    return { set: { ...set, ...own }, e: { ...e, ...values } };
  };

  /// All of the other text, or the part of it that is shown.
  const whole = (pair, side) => (pair.inside ? `this sentence of ${side.toUpperCase()}` : `all of ${side.toUpperCase()}`);
