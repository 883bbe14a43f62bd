  // The colours of the texts: what each token adds to the score or, while one is chosen, the other
  // text's pairs with it.
  const paintTexts = (pair) => {
    const { a, b } = pair.active;
    const idle = a === null && b === null;
    for (const side of ["a", "b"]) {
      const chosen = pair.active[other(side)];
      const values = idle ? pair.e.relevance[side] : chosen === null ? null : pair.line(other(side), chosen);
      const limit = idle ? pair.set.limits[side] : pair.look.limit;
      pair.tokens[side].forEach((span, i) => {
        const value = values ? values[i] : 0;
        // What is next to nothing has no ground: in the dark, that of zero would be seen around
        // every token.
        const color = Math.abs(value) > 0.02 * limit ? pair.color(value, limit) : null;
        span.style.background = [...underline(pair, side, i), ...ground(color)].join(", ");
        span.style.color = color ? inkOn(color) : "";
        span.classList.toggle("ws-uncounted", !pair.set.counted[side][i]);
        span.classList.toggle("ws-on", pair.active[side] === i);
        span.setAttribute("aria-pressed", Boolean(pair.pinned) && pair.active[side] === i);
      });
      const of = idle ? ["adds to the score"] : chosen === null ? null : ["with ", pair.name(other(side), chosen)];
      paintKey(pair, side, of, values, limit);
    }
  };

  const ground = (color) => {
    if (!color) return [];
    const fill = `linear-gradient(${hex(color)}, ${hex(color)})`;
    return [`${fill} 0 0 / 100% calc(100% - var(--ws-below)) no-repeat`];
  };

  /// A token's main effect, up or down from a line below the token.
  const underline = (pair, side, i) => {
    if (pair.view !== "interaction" || !pair.set.counted[side][i]) return [];
    const value = clamp(pair.e.effects[side][i] / (pair.set.main || 1), -1, 1);
    const bar = (color, from, height) => `linear-gradient(${color}, ${color}) 0 calc(100% - ${from}px) / 100% ${height}px no-repeat`;
    const tall = Math.round(6 * Math.abs(value) * 2) / 2;
    return [bar("var(--ws-weak)", value > 0 ? 7 : 7 - tall, tall), bar("var(--ws-line)", 7, 1)];
  };

  /// The scale of a text's colours; its place is kept while the text has none.
  const paintKey = (pair, side, of, values, limit) => {
    const key = pair.one(`[data-side="${side}"] .ws-key`);
    key.style.visibility = of ? "" : "hidden";
    if (!of) return;
    paintScale(pair, key, limit, values);
    key.querySelector(".ws-of").replaceChildren(...withNames(of));
  };

  /// A scale with its ends; where values are beyond one, it says so.
  const paintScale = (pair, scale, limit, values) => {
    const steps = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((k) => hex(pair.color(k, 4)));
    scale.querySelector(".ws-bar").style.background = `linear-gradient(90deg, ${steps.join(", ")})`;
    const beyond = limit * (1 + 1e-6);
    scale.querySelector(".ws-low").textContent = (values.some((v) => v < -beyond) ? "≤ " : "") + short(-limit);
    scale.querySelector(".ws-high").textContent = (values.some((v) => v > beyond) ? "≥ " : "") + short(limit);
  };

  // Cells that are hard to tell apart, in pixels.
  const TINY = 9;

  /// What the matrix's scale needs to be read.
  const scaleNote = (pair) => {
    if (pair.look.limit === 0 && pair.view === "interaction") return `no interaction: a single ${pair.set.by} has main effects only`;
    const coarser = pair.data.settings.levels.find(({ by }) => by === "sentence");
    if (pair.map.wide < TINY && coarser && pair.set !== coarser) return "small cells: the same by sentences is easier to read";
    return "";
  };
