  /// The strongest pairs as buttons: of rows that count in means, and of special tokens where they
  /// are asked for.
  const strongest = (pair) => {
    const all = pair.view === "interaction" ? pair.e.interaction : pair.e.matrix;
    const cells = all.flatMap((row, a) => row.map((value, b) => ({ a, b, value })));
    const listed = cells.filter(({ a, b, value }) => pair.isListed("a", a) && pair.isListed("b", b) && value !== 0);
    listed.sort((x, y) => Math.abs(y.value) - Math.abs(x.value));
    return listed.slice(0, 8).map((cell) => chip(pair, cell));
  };

  const chip = (pair, { a, b, value }) => {
    const box = element("button", "", "");
    const color = element("span", "ws-chip", "");
    color.style.background = hex(pair.color(value, pair.look.limit));
    box.type = "button";
    const times = element("span", "ws-times", "×");
    box.append(color, ...nameParts(pair, "a", a), times, ...nameParts(pair, "b", b), element("span", "ws-number", short(value)));
    box.addEventListener("click", () => pair.pin({ a, b }));
    box.addEventListener("pointerenter", () => pair.hover({ a, b }));
    box.addEventListener("pointerleave", () => pair.hover(null));
    return box;
  };

  /// A name whose first part may be cut where there is no room, and never its number.
  const nameParts = (pair, side, i) => {
    const [text, tail] = pair.set.names[side][i];
    return [element("bdi", "ws-cut", text), element("span", "ws-tail", tail)];
  };
