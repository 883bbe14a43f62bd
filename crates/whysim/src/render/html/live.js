  // What can be used, in place of the still picture. It is made here so that nothing dead is left
  // where scripts do not run.
  const SCALE = ["low", "bar", "high", "of"].map((part) => `<span class="ws-${part}"></span>`).join("");
  const SIDE = (side) => `
    <div class="ws-side" data-side="${side}"><div class="ws-name">${side.toUpperCase()}</div>
      <div class="ws-column"><div class="ws-text"></div><div class="ws-key">${SCALE}</div></div></div>`;
  const BODY = `
    <div class="ws-left"><div class="ws-inside" hidden>Inside one sentence of each text <button type="button" class="ws-out">‹ all sentences</button></div>${SIDE("a")}${SIDE("b")}
      <div class="ws-pairs">
        <div class="ws-caption">Strongest pairs<button type="button" class="ws-specials">special tokens</button></div>
        <div class="ws-top" role="group" aria-label="Strongest pairs"></div>
      </div>
      <div class="ws-readout"><button type="button" class="ws-further" hidden></button><div class="ws-told" role="status" aria-live="polite"></div>
        <button type="button" class="ws-into" hidden>Look inside these two ›</button></div>
    </div>
    <div class="ws-right">
      <div class="ws-frame"><div class="ws-map" tabindex="0" role="application"><div class="ws-grid"></div></div></div>
      <div class="ws-scale" aria-hidden="true">${SCALE}</div>
      <details class="ws-table"><summary>As a table</summary><div tabindex="0" role="group" aria-label="The matrix as a table"></div></details>
    </div>`;

  const choice = (name, label, values) => {
    const group = element("div", `ws-choice ws-${name}s`, "");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    for (const [value, text] of values) {
      const button = element("button", `ws-${name}`, text);
      button.type = "button";
      button.dataset[name] = value;
      group.append(button);
    }
    return group;
  };

  const furnish = (root, settings) => {
    const theme = Object.assign(element("button", "ws-theme", "◐"), { type: "button", title: "Light or dark" });
    theme.setAttribute("aria-label", "Light or dark");
    const units = settings.levels.map(({ by }) => [by, `${by}s`]);
    const views = settings.views.map((view) => [view, view]);
    root.querySelector(".ws-controls").append(choice("view", "Show", views), choice("unit", "Show by", units), theme);
    root.querySelector(".ws-body").innerHTML = BODY;
    for (const styled of [root, ...root.querySelectorAll("[style]")]) styled.removeAttribute("style");
  };

  /// More numbers than a table can be read of.
  const MOST_CELLS = 2500;

  const table = (heads, rows) => {
    const box = element("table", "", "");
    const cell = (name, scope, parts) => {
      const cell = element(name, "", "");
      if (scope) cell.scope = scope;
      cell.append(...withNames([parts].flat()));
      return cell;
    };
    const line = (cells) => {
      const line = element("tr", "", "");
      line.append(...cells);
      return line;
    };
    box.append(line(heads.map((head) => cell("th", "col", head))));
    box.append(...rows.map(([head, ...values]) => line([cell("th", "row", head), ...values.map((value) => cell("td", "", value))])));
    return box;
  };

  /// The matrix for those who do not see it; of a large one each token with its strongest pair.
  const tables = (pair) => {
    const indices = (side) => Array.from({ length: pair.count(side) + (pair.look.border ? 1 : 0) }, (_, k) => k);
    if (pair.count("a") * pair.count("b") <= MOST_CELLS) {
      const columns = indices("b");
      const rows = indices("a").map((i) => [pair.name("a", i), ...columns.map((j) => short(pair.value(i, j)))]);
      return [table([`${pair.view}, A down and B across`, ...columns.map((j) => pair.name("b", j))], rows)];
    }
    return ["a", "b"].map((side) => {
      const rows = indices(side).slice(0, pair.count(side)).map((k) => {
        const values = pair.line(side, k);
        const own = [...values.keys()].filter((l) => pair.isListed(other(side), l));
        const best = own.reduce((best, l) => (Math.abs(values[l]) > Math.abs(values[best]) ? l : best), own[0]);
        return [pair.name(side, k), short(pair.e.relevance[side][k]), pair.name(other(side), best), short(values[best])];
      });
      return table([side.toUpperCase(), "adds to the score", `strongest in ${other(side).toUpperCase()}`, pair.view], rows);
    });
  };
