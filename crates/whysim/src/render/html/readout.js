  // What is shown, in words: one set of lines for each view.
  const quiet = (...parts) => {
    const box = element("div", "ws-quiet", "");
    box.append(...withNames(parts));
    return box;
  };
  const told = (value, ...parts) => {
    const box = element("div", "", "");
    box.append(...withNames(parts), "  ", element("b", "", minus(value)));
    return box;
  };
  /// A cell's value with its standard error, and in words where that says that the value may be nothing.
  const withError = (pair, i, j) => {
    const [value, error] = [pair.value(i, j), pair.error(i, j)];
    if (error === null) return String(value);
    return `${short(value)} ± ${short(error)}${pair.unclear(i, j) ? ", within its error of nothing" : ""}`;
  };
  const other = (side) => (side === "a" ? "b" : "a");

  /// The names and values of the four strongest among `places`.
  const most = (pair, side, places, values, begin) => {
    const order = [...places].sort((x, y) => Math.abs(values[y]) - Math.abs(values[x])).slice(0, 4);
    return order.flatMap((k, n) => [n ? ", " : begin, pair.name(side, k), ` ${short(values[k])}`]);
  };

  const tellAttribution = {
    idle: ({ set }) => [
      quiet(`Every ${set.by} is coloured by its sum over the other text. Point at a ${set.by} or a cell to see what it adds to the score; a click keeps it, Escape lets go.`),
    ],
    cell: (pair, a, b) => {
      const value = pair.value(a, b);
      const inside = a < pair.rows && b < pair.columns;
      const note = inside ? `A × B, ${minus(((100 * value) / pair.e.sum).toFixed(1))} % of the sum of all pairs` : "the references' share: in the score, but in no pair";
      return [told(withError(pair, a, b), pair.name("a", a), " × ", pair.name("b", b)), quiet(note)];
    },
    line: (pair, side, i) => {
      const values = pair.line(side, i);
      const list = most(pair, other(side), values.keys(), values, "most with ");
      return [told(short(sum(values)), pair.name(side, i), ` × all of ${other(side).toUpperCase()}`), quiet(...list)];
    },
  };

  const tellInteraction = {
    idle: ({ set }) => {
      const left = [...set.counted.a, ...set.counted.b].every(Boolean) ? "" : " Names in grey, such as special tokens, are left out of means and list.";
      return [
        quiet(`Every ${set.by} is coloured by its largest interaction: what it has with one ${set.by} of the other text beyond what each has with everything. The latter, the main effects, are the bars.${left} Point at a ${set.by} or a cell; a click keeps it, Escape lets go.`),
      ];
    },
    cell: (pair, a, b) => {
      const { effects, matrix } = pair.e;
      const value = pair.value(a, b);
      const side = value < 0 ? "below" : "above";
      const main = `main effects ${short(effects.a[a])} and ${short(effects.b[b])}, mean ${short(effects.mean)}`;
      return [
        told(withError(pair, a, b), pair.name("a", a), " × ", pair.name("b", b)),
        quiet(`${side} what each has with everything: ${main}; the pair's attribution is ${short(matrix[a][b])}`),
      ];
    },
    line: (pair, side, i) => {
      const values = pair.line(side, i);
      const own = [...values.keys()].filter((k) => pair.set.counted[other(side)][k]);
      const list = most(pair, other(side), own, values, "most beyond that with ");
      const main = pair.e.effects[side][i];
      const means = `a mean of ${short(pair.e.effects.mean + main)} with the ${pair.set.by}s of ${other(side).toUpperCase()}, where that of all pairs is ${short(pair.e.effects.mean)}; `;
      return [told(short(main), pair.name(side, i), ": main effect"), quiet(means, ...list)];
    },
  };

  /// The strongest pairs as buttons; of the interaction those of rows that count in means.
  const strongest = (pair) => {
    const { counted } = pair.set;
    const all = pair.view === "interaction" ? pair.e.interaction : pair.e.matrix;
    const cells = all.flatMap((row, a) => row.map((value, b) => ({ a, b, value })));
    const listed = pair.view === "interaction" ? cells.filter(({ a, b }) => counted.a[a] && counted.b[b]) : cells;
    listed.sort((x, y) => Math.abs(y.value) - Math.abs(x.value));
    const button = ({ a, b, value }) => {
      const box = element("button", "", "");
      const chip = element("span", "ws-chip", "");
      chip.style.background = hex(pair.color(value, pair.look.limit));
      box.type = "button";
      box.append(chip, ...withNames([pair.name("a", a), " × ", pair.name("b", b)]), element("span", "ws-number", short(value)));
      box.addEventListener("click", () => pair.pin({ a, b }));
      box.addEventListener("pointerenter", () => pair.hover({ a, b }));
      box.addEventListener("pointerleave", () => pair.hover(null));
      return box;
    };
    return listed.slice(0, 8).map(button);
  };

