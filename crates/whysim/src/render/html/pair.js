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

  class Pair {
    constructor(root) {
      this.root = root;
      this.one = (selector) => root.querySelector(selector);
      this.all = (selector) => [...root.querySelectorAll(selector)];
      this.data = JSON.parse(this.one(".ws-data").textContent);
      this.canvas = this.one(".ws-canvas");
      this.active = { a: null, b: null };
      this.pinned = null;
      this.theme = groundIsDark(root) ? "dark" : "light";
      this.view = this.data.settings.view;
      this.listen();
      this.show(0);
      // The width is known once the element is laid out, and changes with its window.
      new ResizeObserver(() => this.resize()).observe(this.one(".ws-map"));
    }

    /// Takes up one of the embedded levels; the view stays.
    show(level) {
      this.set = this.data.settings.levels[level];
      this.e = this.data.explanations[level];
      this.rows = this.e.a.tokens.length;
      this.columns = this.e.b.tokens.length;
      this.pinned = null;
      this.active = { a: null, b: null };
      this.root.classList.toggle("ws-large", Math.max(this.rows, this.columns) > 30);
      for (const button of this.all(".ws-unit")) button.setAttribute("aria-pressed", button.dataset.by === this.set.by);
      for (const passage of this.all(".ws-passage")) passage.hidden = passage.dataset.by !== this.set.by;
      this.tokens = { a: this.spans("a"), b: this.spans("b") };
      this.lookAt(this.view);
    }

    /// Takes up one of the two views; level and place stay.
    lookAt(view) {
      this.view = view;
      this.look = this.set.views[view];
      const { a, b } = this.active;
      if (!this.look.border && (a === this.rows || b === this.columns)) this.pinned = this.active = { a: null, b: null };
      if (this.active.a === null && this.active.b === null) this.pinned = null;
      for (const button of this.all(".ws-view")) button.setAttribute("aria-pressed", button.dataset.view === view);
      this.root.dataset.view = view;
      this.idle = { a: this.summary("a"), b: this.summary("b") };
      this.repaint();
    }

    /// What a token has all in all, by which it is coloured while nothing is chosen: the sum of its attributions. Sums of interaction
    /// are zero, and main effects, which have bars, say what stands for the whole text rather than what goes together. So there it is
    /// the largest interaction, which the two tokens of a pair share. The largest in absolute value would colour every token of a
    /// short text: as rows and columns sum to zero, one large pair leaves something below zero in all others of its row and column.
    /// Null for tokens that are not counted.
    summary(side) {
      const count = side === "a" ? this.rows : this.columns;
      return Array.from({ length: count }, (_, k) => {
        const values = this.line(side, k);
        if (this.view === "attribution") return sum(values);
        const own = values.filter((_, l) => this.set.counted[side === "a" ? "b" : "a"][l]);
        return this.set.counted[side][k] ? Math.max(...own, 0) : null;
      });
    }

    /// A row of the matrix, or a column.
    line(side, k) {
      const [rows, columns] = [this.rows, this.columns];
      return side === "a"
        ? Array.from({ length: columns }, (_, j) => this.value(k, j))
        : Array.from({ length: rows }, (_, i) => this.value(i, k));
    }

    spans(side) {
      const spans = [...this.one(`[data-side="${side}"] .ws-passage:not([hidden])`).querySelectorAll(".ws-row")];
      spans.forEach((span, i) => (span.tabIndex = i === 0 ? 0 : -1));
      return spans;
    }

    /// The value of a cell, the border's included.
    value(i, j) {
      const { matrix, border, interaction } = this.e;
      if (this.view === "interaction") return interaction[i][j];
      if (i < this.rows) return j < this.columns ? matrix[i][j] : border.a[i];
      return j < this.columns ? border.b[j] : border.corner;
    }

    /// The standard error of a cell; null if it was not sampled.
    error(i, j) {
      const errors = this.e.standard_error;
      if (!errors || i >= this.rows || j >= this.columns) return null;
      return (this.view === "attribution" ? errors.matrix : errors.interaction)[i][j] || null;
    }

    /// Whether a cell is within two standard errors of nothing.
    unclear(i, j) {
      return Math.abs(this.value(i, j)) < 2 * (this.error(i, j) ?? 0);
    }

    color(value, limit) {
      const arm = this.data.settings.palette[this.theme][value < 0 ? 0 : 1];
      const at = limit > 0 ? Math.min(Math.abs(value / limit), 1) * 4 : 0;
      const from = Math.min(Math.floor(at), 3);
      return mix(arm[from], arm[from + 1], at - from);
    }

    listen() {
      this.all(".ws-unit").forEach((button, level) => button.addEventListener("click", () => this.show(level)));
      for (const button of this.all(".ws-view")) button.addEventListener("click", () => this.lookAt(button.dataset.view));
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
        const extra = this.look.border ? 1 : 0;
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
      this.one(".ws-low").textContent = short(-this.look.limit);
      this.one(".ws-high").textContent = short(this.look.limit);
      this.one(".ws-top").replaceChildren(...strongest(this));
      this.resize();
    }

    resize() {
      this.map = new HeatMap(this, this.one(".ws-map").clientWidth - 6);
      const note = this.map.numbered && this.look.unit !== 1;
      this.one(".ws-unit-note").textContent = note ? `numbers in the cells: × ${this.look.unit}` : "";
      this.update();
    }

    update() {
      this.map.draw(this.active);
      this.paintTexts();
      this.readout();
    }

    /// The other text's tokens by their cells; with nothing chosen, every token by its summary. Beside interaction every token has its
    /// main effect as a bar.
    paintTexts() {
      const { a, b } = this.active;
      const idle = a === null && b === null;
      // Largest cells are on the cells' own scale; sums are on one of theirs.
      const most = this.view === "interaction" ? this.look.limit : Math.max(...[...this.idle.a, ...this.idle.b].map(Math.abs), 0);
      const values = {
        a: idle ? this.idle.a : b === null ? null : this.line("b", b),
        b: idle ? this.idle.b : a === null ? null : this.line("a", a),
      };
      if (a === this.rows) values.b = this.e.border.b;
      if (b === this.columns) values.a = this.e.border.a;
      for (const side of ["a", "b"]) {
        this.tokens[side].forEach((span, i) => {
          const value = values[side] ? values[side][i] : null;
          const scale = idle ? most : this.look.limit;
          // What is next to nothing has no ground: in the dark, that of zero would be seen around every token.
          const color = Math.abs(value) > 0.02 * scale ? this.color(value, scale) : null;
          span.style.background = [...this.underline(side, i), ...this.ground(color)].join(", ");
          span.style.color = color ? inkOn(color) : "";
          span.classList.toggle("ws-uncounted", !this.set.counted[side][i]);
          span.classList.toggle("ws-on", this.active[side] === i);
          span.setAttribute("aria-pressed", Boolean(this.pinned) && this.active[side] === i);
        });
      }
    }

    ground(color) {
      if (!color) return [];
      const fill = `linear-gradient(${hex(color)}, ${hex(color)})`;
      return [`${fill} 0 0 / 100% calc(100% - var(--ws-below)) no-repeat`];
    }

    /// A token's main effect, up or down from a line below the token.
    underline(side, i) {
      if (this.view !== "interaction" || !this.set.counted[side][i]) return [];
      const value = Math.max(-1, Math.min(this.e.effects[side][i] / (this.set.main || 1), 1));
      const bar = (color, from, height) => `linear-gradient(${color}, ${color}) 0 calc(100% - ${from}px) / 100% ${height}px no-repeat`;
      const tall = Math.round(6 * Math.abs(value) * 2) / 2;
      return [bar("var(--ws-weak)", value > 0 ? 7 : 7 - tall, tall), bar("var(--ws-line)", 7, 1)];
    }

    name(side, i) {
      return { name: this.set.names[side][i] ?? "reference" };
    }

    readout() {
      const { a, b } = this.active;
      const tell = this.view === "interaction" ? tellInteraction : tellAttribution;
      const lines = a === null && b === null ? tell.idle(this) : a !== null && b !== null ? tell.cell(this, a, b) : tell.line(this, a !== null ? "a" : "b", a ?? b);
      if (this.pinned) lines.push(quiet("kept; click it again or press Escape to let go"));
      this.one(".ws-readout").replaceChildren(...lines);
    }

    cellAt(x, y) {
      return this.map.cellAt(x, y);
    }
  }

{{readout}}
{{heatmap}}
  for (const root of document.querySelectorAll(".whysim:not([data-ready])")) {
    root.dataset.ready = "";
    new Pair(root);
  }
})();
