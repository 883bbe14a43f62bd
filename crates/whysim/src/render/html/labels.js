  // The names beside the matrix: whole where there is room, cut where not; only the strongest where
  // rows are too thin for names.
  const LEAST_TYPE = 8.5;
  const SPARSE_TYPE = 11;

  /// The size of names along cells of this side, and which of them are shown. strength: what each
  /// row adds to the score.
  const labelling = (cell, least, strength) => {
    const size = Math.min(13, cell * 0.8);
    if (size >= least) return { size, shown: strength.map(() => true) };
    const order = [...strength.keys()].sort((x, y) => Math.abs(strength[y]) - Math.abs(strength[x]));
    const shown = strength.map(() => false);
    const apart = Math.ceil((SPARSE_TYPE + 2) / cell);
    for (const k of order) {
      if (!shown.slice(Math.max(0, k - apart + 1), k + apart).includes(true)) shown[k] = true;
    }
    return { size: SPARSE_TYPE, shown };
  };

  const fitted = (pen, [text, tail], room) => {
    if (pen.measureText(text + tail).width <= room) return text + tail;
    const letters = [...text];
    while (letters.length && pen.measureText(`${letters.join("")}…${tail}`).width > room) letters.pop();
    return `${letters.join("")}…${tail}`;
  };

  /// A name beside a row and above a column that are not the matrix's own, at a place in both.
  const drawName = (map, pen, name, { x, y }) => {
    pen.textBaseline = "middle";
    pen.font = `${map.beside.size}px ${map.font}`;
    pen.textAlign = "right";
    pen.fillText(name, map.x(0) - 7, y);
    pen.font = `${map.above.size}px ${map.font}`;
    pen.textAlign = "left";
    pen.save();
    pen.translate(x, map.y(0) - 6);
    pen.rotate(-map.tilt);
    pen.fillText(name, 0, 0);
    pen.restore();
  };

  /// Which text runs where, in the corner.
  const drawAxes = (map, pen) => {
    pen.font = `11px ${map.font}`;
    pen.fillStyle = map.weak;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(`text ${map.across.toUpperCase()} →`, map.x(0) - 7, map.y(0) - 28);
    pen.fillText(`text ${map.down.toUpperCase()} ↓`, map.x(0) - 7, map.y(0) - 12);
  };

  const drawLabels = (map, pen) => {
    const { set, view, look } = map.pair;
    const reference = ["reference", ""];
    const isStrong = (side, k) => k < map.pair.count(side) && (view !== "interaction" || set.counted[side][k]);
    const each = (side, labelling, draw) => {
      pen.font = `${labelling.size}px ${map.font}`;
      const names = look.border ? [...set.labels[side], reference] : set.labels[side];
      names.forEach((name, k) => {
        if (!(labelling.shown[k] ?? true)) return;
        pen.fillStyle = isStrong(side, k) ? map.ink : map.weak;
        draw(name, k);
      });
    };
    drawAxes(map, pen);
    pen.textAlign = "right";
    each(map.down, map.beside, (name, i) => pen.fillText(fitted(pen, name, map.left - 10), map.x(0) - 7, map.y(i) + map.high / 2));
    pen.textAlign = "left";
    each(map.across, map.above, (name, j) => {
      pen.save();
      pen.translate(map.x(j) + map.wide / 2, map.y(0) - 6);
      pen.rotate(-map.tilt);
      pen.fillText(fitted(pen, name, map.reach), 0, 0);
      pen.restore();
    });
  };
