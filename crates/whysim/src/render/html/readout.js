  // What is shown, in words: one set of lines for each view.
  const quiet = (...parts) => {
    const box = element("div", "ws-quiet", "");
    box.append(...withNames(parts));
    return box;
  };
  const told = (value, ...parts) => {
    const box = element("div", "", "");
    box.append(...withNames(parts), "  ", element("b", "", value));
    return box;
  };
  const withError = (value, error) => (error ? `${short(value)} ± ${short(error)}` : short(value));

  /// A cell's value with its standard error, and in words where that says that the value may be
  /// nothing.
  const cellValue = (pair, i, j) =>
    withError(pair.value(i, j), pair.error(i, j)) + (pair.unclear(i, j) ? ", within its error of nothing" : "");

  /// The names and values of the four strongest among the other text's rows that are listed.
  const most = (pair, side, values, begin) => {
    const own = [...values.keys()].filter((k) => k < pair.count(other(side)) && pair.isListed(other(side), k));
    const order = own.sort((x, y) => Math.abs(values[y]) - Math.abs(values[x])).slice(0, 4);
    return order.flatMap((k, n) => [n ? ", " : begin, pair.name(other(side), k), ` ${short(values[k])}`]);
  };

  /// What a row adds to the score.
  const adds = (pair, side, i) => {
    const all = `the reference of ${side.toUpperCase()} with all of ${other(side).toUpperCase()}`;
    if (i === pair.count(side)) return told(short(sum(pair.line(side, i))), all);
    const errors = pair.e.standard_error;
    return told(withError(pair.e.relevance[side][i], errors ? errors[side][i] : 0), pair.name(side, i), " adds to the score");
  };

  const idle = (pair) => {
    const { set } = pair;
    const isBeyond = pair.view === "interaction";
    const bars = isBeyond ? ` Cells: what two ${set.by}s have with each other beyond that, more in orange, less in blue. Bars: main effects, what a ${set.by} has with everything.` : "";
    const beyond = ["a", "b"].some((side) => pair.e.relevance[side].some((value) => Math.abs(value) > set.limits[side] * (1 + 1e-6)));
    const left = beyond ? " Special tokens can be beyond the scale." : "";
    return [
      quiet(`${isBeyond ? "Texts" : "Colours"}: what each ${set.by} adds to the score; orange raises it, blue lowers it, each text on its own scale.${bars}${left}`),
      quiet(`Point at a ${set.by} or a cell to see its pairs; click to keep it, Escape to let go.`),
    ];
  };

  const tellAttribution = {
    cell: (pair, a, b) => {
      const value = pair.value(a, b);
      const inside = a < pair.count("a") && b < pair.count("b");
      const share = minus(((100 * value) / pair.e.sum).toFixed(1));
      const note = inside ? `A × B, ${share} % of the sum of all pairs` : "the references' share: in the score, but in no pair";
      return [told(cellValue(pair, a, b), pair.name("a", a), " × ", pair.name("b", b)), quiet(note)];
    },
    line: (pair, side, i) => {
      const pairs = pair.line(side, i).slice(0, pair.count(other(side)));
      const border = (pair.e.border[side][i] ?? 0) !== 0;
      const all = `${short(sum(pairs))} with ${whole(pair, other(side))}`;
      const parts = border ? `${all}, ${short(pair.e.border[side][i])} with its reference; ` : "";
      return [adds(pair, side, i), quiet(parts, ...most(pair, side, pairs, "most with "))];
    },
  };

  const tellInteraction = {
    cell: (pair, a, b) => {
      const { effects, matrix } = pair.e;
      const side = pair.value(a, b) < 0 ? "below" : "above";
      const main = `main effects ${short(effects.a[a])} and ${short(effects.b[b])}, mean ${short(effects.mean)}`;
      return [
        told(cellValue(pair, a, b), pair.name("a", a), " × ", pair.name("b", b)),
        quiet(`${side} what each has with everything: ${main}; the pair's attribution is ${short(matrix[a][b])}`),
      ];
    },
    line: (pair, side, i) => {
      const { mean, [side]: effects } = pair.e.effects;
      const own = `a mean of ${short(mean + effects[i])} with the ${pair.set.by}s of ${other(side).toUpperCase()}`;
      const means = `main effect ${short(effects[i])}: ${own}, where that of all pairs is ${short(mean)}; `;
      return [adds(pair, side, i), quiet(means, ...most(pair, side, pair.line(side, i), "most beyond that with "))];
    },
  };

  const readout = (pair) => {
    const { a, b } = pair.active;
    const tell = pair.view === "interaction" ? tellInteraction : tellAttribution;
    const none = a === null && b === null;
    const lines = none ? idle(pair) : a !== null && b !== null ? tell.cell(pair, a, b) : tell.line(pair, a !== null ? "a" : "b", a ?? b);
    if (pair.pinned) lines.push(quiet("kept; click it again or press Escape to let go"));
    const box = pair.one(".ws-readout");
    box.classList.toggle("ws-idle", none);
    pair.one(".ws-told").replaceChildren(...lines);
    pair.one(".ws-into").hidden = insides(pair) === null;
    // It never becomes lower: what is pointed at above it would move away from under the pointer.
    box.style.minHeight = `${box.offsetHeight}px`;
    showFurther(pair);
  };
