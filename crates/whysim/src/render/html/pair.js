// One explanation on a page: colours of the tokens, the heatmap, and the links between them.
// A row or column is its index; the references' row and column come after the last one. None is null.
(() => {
  "use strict";

  const hex = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
  const mix = (x, y, t) => x.map((c, k) => Math.round(c + t * (y[k] - c)));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const inkOn = (rgb) => (luminance(rgb) > 0.179 ? "#000" : "#fff");
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const minus = (text) => text.replaceAll("-", "−");
  const short = (value) => minus(value !== 0 && Math.abs(value) < 5e-4 ? value.toExponential(1) : value.toFixed(4));
  const element = (name, className, text) =>
    Object.assign(document.createElement(name), { className, textContent: text });

  /// Text in which names keep their own direction: an Arabic name must not turn the numbers beside it around.
  const withNames = (parts) => parts.map((part) => (part.name === undefined ? part : element("bdi", "", part.name)));

  // Notebooks have themes of their own: what counts is the ground on which the element stands.
  const groundIsDark = (root) => {
    for (let at = root.parentElement; at; at = at.parentElement) {
      const [r, g, b, a = 1] = (getComputedStyle(at).backgroundColor.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
      if (a > 0.5) return luminance([r, g, b]) < 0.18;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches;
  };

  class View {
    constructor(root) {
      this.root = root;
      this.one = (selector) => root.querySelector(selector);
      this.all = (selector) => [...root.querySelectorAll(selector)];
      this.data = JSON.parse(this.one(".ws-data").textContent);
      this.canvas = this.one(".ws-canvas");
      this.active = { a: null, b: null };
      this.pinned = null;
      this.theme = groundIsDark(root) ? "dark" : "light";
      this.listen();
      this.show(0);
      // The width is known once the element is laid out, and changes with its window.
      new ResizeObserver(() => this.resize()).observe(this.one(".ws-map"));
    }

    /// Takes up one of the embedded levels.
    show(level) {
      this.set = this.data.settings.views[level];
      this.e = this.data.explanations[level];
      this.rows = this.e.a.tokens.length;
      this.columns = this.e.b.tokens.length;
      this.pinned = null;
      this.active = { a: null, b: null };
      this.root.classList.toggle("ws-large", Math.max(this.rows, this.columns) > 30);
      for (const button of this.all(".ws-unit")) button.setAttribute("aria-pressed", button.dataset.by === this.set.by);
      for (const passage of this.all(".ws-passage")) passage.hidden = passage.dataset.by !== this.set.by;
      this.tokens = { a: this.spans("a"), b: this.spans("b") };
      const e = this.e.matrix;
      this.totals = { a: e.map(sum), b: this.e.b.tokens.map((_, j) => sum(e.map((row) => row[j]))) };
      this.repaint();
    }

    spans(side) {
      const spans = [...this.one(`[data-side="${side}"] .ws-passage:not([hidden])`).querySelectorAll(".ws-row")];
      spans.forEach((span, i) => (span.tabIndex = i === 0 ? 0 : -1));
      return spans;
    }

    /// The value of a cell, the border's included.
    value(i, j) {
      const { matrix, border } = this.e;
      if (i < this.rows) return j < this.columns ? matrix[i][j] : border.a[i];
      return j < this.columns ? border.b[j] : border.corner;
    }

    color(value, limit) {
      const arm = this.data.settings.palette[this.theme][value < 0 ? 0 : 1];
      const at = limit > 0 ? Math.min(Math.abs(value / limit), 1) * 4 : 0;
      const from = Math.min(Math.floor(at), 3);
      return mix(arm[from], arm[from + 1], at - from);
    }

    listen() {
      this.all(".ws-unit").forEach((button, level) => button.addEventListener("click", () => this.show(level)));
      this.one(".ws-theme").addEventListener("click", () => {
        this.theme = this.theme === "dark" ? "light" : "dark";
        this.repaint();
      });
      for (const side of ["a", "b"]) this.listenToText(side, this.one(`[data-side="${side}"] .ws-text`));
      this.listenToMap();
      this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.pin(null));
    }

    listenToText(side, text) {
      const at = (event) => {
        const span = event.target.closest(".ws-row");
        return span && { a: null, b: null, [side]: Number(span.dataset.i) };
      };
      text.addEventListener("pointerover", (event) => this.hover(at(event)));
      text.addEventListener("pointerleave", () => this.hover(null));
      text.addEventListener("focusin", (event) => this.hover(at(event)));
      text.addEventListener("focusout", () => this.hover(null));
      text.addEventListener("click", (event) => this.pin(at(event)));
      text.addEventListener("keydown", (event) => {
        const spans = this.tokens[side];
        const i = spans.indexOf(event.target);
        const next = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: spans.length - 1 };
        if (event.key === "Enter" || event.key === " ") this.pin(at(event));
        else if (event.key in next && spans[next[event.key]]) {
          event.target.tabIndex = -1;
          spans[next[event.key]].tabIndex = 0;
          spans[next[event.key]].focus();
        } else return;
        event.preventDefault();
      });
    }

    listenToMap() {
      const canvas = this.canvas;
      canvas.addEventListener("pointermove", (event) => this.hover(this.cellAt(event.offsetX, event.offsetY)));
      canvas.addEventListener("pointerleave", () => this.hover(null));
      canvas.addEventListener("click", (event) => this.pin(this.cellAt(event.offsetX, event.offsetY)));
      canvas.addEventListener("blur", () => this.hover(null));
      canvas.addEventListener("keydown", (event) => {
        const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
        const { a, b } = this.active;
        const extra = this.set.border ? 1 : 0;
        if (event.key === "Enter" || event.key === " ") this.pin(a === null ? null : { a, b });
        else if (step) {
          const clamp = (x, n) => Math.max(0, Math.min(x, n - 1 + extra));
          this.pinned = null;
          this.hover(a === null || b === null ? { a: a ?? 0, b: b ?? 0 } : { a: clamp(a + step[0], this.rows), b: clamp(b + step[1], this.columns) });
        } else return;
        event.preventDefault();
      });
    }

    hover(place) {
      if (this.pinned) return;
      const next = place || { a: null, b: null };
      if (next.a === this.active.a && next.b === this.active.b) return;
      this.active = next;
      this.update();
    }

    /// Keeps a place, or lets go of the kept one.
    pin(place) {
      const same = place && this.pinned && place.a === this.pinned.a && place.b === this.pinned.b;
      this.pinned = same ? null : place;
      this.active = this.pinned || { a: null, b: null };
      this.update();
    }

    /// Everything anew: another theme, level or width.
    repaint() {
      this.root.dataset.theme = this.theme;
      const steps = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((k) => hex(this.color(k, 4)));
      this.one(".ws-bar").style.background = `linear-gradient(90deg, ${steps.join(", ")})`;
      this.one(".ws-low").textContent = short(-this.set.limit);
      this.one(".ws-high").textContent = short(this.set.limit);
      this.strongest();
      this.resize();
    }

    resize() {
      this.map = new HeatMap(this, this.one(".ws-map").clientWidth - 6);
      const note = this.map.numbered && this.set.unit !== 1;
      this.one(".ws-unit-note").textContent = note ? `numbers in the cells: × ${this.set.unit}` : "";
      this.update();
    }

    update() {
      this.map.draw(this.active);
      this.paintTexts();
      this.readout();
    }

    /// The other text's tokens by their attributions; with nothing chosen, every token by its sum.
    paintTexts() {
      const { a, b } = this.active;
      const idle = a === null && b === null;
      const most = Math.max(...[...this.totals.a, ...this.totals.b].map(Math.abs), 0);
      const values = {
        a: idle ? this.totals.a : b === null ? null : this.totals.a.map((_, i) => this.value(i, b)),
        b: idle ? this.totals.b : a === null ? null : this.totals.b.map((_, j) => this.value(a, j)),
      };
      for (const side of ["a", "b"]) {
        this.tokens[side].forEach((span, i) => {
          const color = values[side] && this.color(values[side][i], idle ? most : this.set.limit);
          span.style.background = color ? hex(color) : "";
          span.style.color = color ? inkOn(color) : "";
          span.classList.toggle("ws-on", this.active[side] === i);
          span.setAttribute("aria-pressed", Boolean(this.pinned) && this.active[side] === i);
        });
      }
    }

    name(side, i) {
      return { name: this.set.names[side][i] ?? "reference" };
    }

    readout() {
      const { a, b } = this.active;
      const out = this.one(".ws-readout");
      const quiet = (...parts) => {
        const box = element("div", "ws-quiet", "");
        box.append(...withNames(parts));
        return box;
      };
      const line = (value, ...parts) => {
        const box = element("div", "", "");
        box.append(...withNames(parts), "  ", element("b", "", minus(value)));
        return box;
      };
      if (a === null && b === null) {
        out.replaceChildren(quiet(`Every ${this.set.by} is coloured by its sum over the other text. Point at a ${this.set.by} or a cell to see what it adds to the score; a click keeps it, Escape lets go.`));
      } else if (a !== null && b !== null) {
        const value = this.value(a, b);
        const inside = a < this.rows && b < this.columns;
        const note = inside ? `A × B, ${minus(((100 * value) / this.e.sum).toFixed(1))} % of the sum of all pairs` : "the references' share: in the score, but in no pair";
        out.replaceChildren(line(String(value), this.name("a", a), " × ", this.name("b", b)), quiet(note));
      } else {
        const [side, other, i] = a !== null ? ["a", "b", a] : ["b", "a", b];
        const values = this.totals[other].map((_, k) => (side === "a" ? this.value(i, k) : this.value(k, i)));
        const order = values.map((_, k) => k).sort((x, y) => Math.abs(values[y]) - Math.abs(values[x])).slice(0, 4);
        const list = order.flatMap((k, n) => [n ? ", " : "most with ", this.name(other, k), ` ${short(values[k])}`]);
        out.replaceChildren(line(short(sum(values)), this.name(side, i), ` × all of ${other.toUpperCase()}`), quiet(...list));
      }
      if (this.pinned) out.append(quiet("kept; click it again or press Escape to let go"));
    }

    strongest() {
      const cells = this.e.matrix.flatMap((row, a) => row.map((value, b) => ({ a, b, value })));
      cells.sort((x, y) => Math.abs(y.value) - Math.abs(x.value));
      const button = ({ a, b, value }) => {
        const box = element("button", "", "");
        const chip = element("span", "ws-chip", "");
        chip.style.background = hex(this.color(value, this.set.limit));
        box.type = "button";
        box.append(chip, ...withNames([this.name("a", a), " × ", this.name("b", b)]), element("span", "ws-number", short(value)));
        box.addEventListener("click", () => this.pin({ a, b }));
        box.addEventListener("pointerenter", () => this.hover({ a, b }));
        box.addEventListener("pointerleave", () => this.hover(null));
        return box;
      };
      this.one(".ws-top").replaceChildren(...cells.slice(0, 8).map(button));
    }

    cellAt(x, y) {
      return this.map.cellAt(x, y);
    }
  }

{{heatmap}}
  for (const root of document.querySelectorAll(".whysim:not([data-ready])")) {
    root.dataset.ready = "";
    new View(root);
  }
})();
