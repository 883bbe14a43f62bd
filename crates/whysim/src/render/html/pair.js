  // What is chosen: level, view, theme and place, and everything that follows from them.
  class Pair {
    constructor(root) {
      this.root = root;
      this.one = (selector) => root.querySelector(selector);
      this.all = (selector) => [...root.querySelectorAll(selector)];
      this.data = JSON.parse(this.one(".ws-data").textContent);
      this.active = { a: null, b: null };
      this.pinned = null;
      this.gone = new AbortController();
      this.specials = false;
      this.least = { type: LEAST_TYPE };
      this.theme = this.data.settings.theme ?? (groundIsDark(root) ? "dark" : "light");
      this.view = this.wanted = this.data.settings.view;
      furnish(root, this.data.settings);
      this.listen();
      this.show(0, this.view);
      this.keepToGround();
      // The width is known once the element is laid out, and changes with its window.
      this.frame = new ResizeObserver(() => this.resize());
      this.frame.observe(this.one(".ws-frame"));
    }

    /// Lets go of the page, which shows something else in its place.
    leave() {
      this.gone.abort();
      this.frame.disconnect();
      this.ground?.disconnect();
    }

    /// Takes up one of the embedded levels.
    show(level, view) {
      this.inside = null;
      this.take({ set: this.data.settings.levels[level], e: this.data.explanations[level] }, view);
    }

    /// Shows the words of the two sentences that are kept.
    enter() {
      const at = insides(this);
      if (!at) return;
      const view = this.viewOf(at.level);
      this.inside = { from: this.data.settings.levels.indexOf(this.set), kept: this.pinned };
      this.take(blockOf(this.data, at), view);
      this.one(".ws-out").focus();
    }

    /// Back to all sentences, with the two still kept.
    back() {
      const { from, kept } = this.inside;
      this.show(from, this.viewOf(from));
      this.pin(kept);
      this.one(".ws-map").focus();
    }

    take({ set, e }, view) {
      Object.assign(this, { set, e });
      this.pinned = null;
      this.active = { a: null, b: null };
      this.root.classList.toggle("ws-large", Math.max(this.count("a"), this.count("b")) > 30);
      for (const button of this.all(".ws-unit")) button.setAttribute("aria-pressed", button.dataset.unit === this.set.by);
      this.tokens = { a: this.spans("a"), b: this.spans("b") };
      this.one(".ws-inside").hidden = !this.inside;
      this.one(".ws-specials").hidden = [...this.set.counted.a, ...this.set.counted.b].every(Boolean);
      this.one(".ws-map").scrollTo(0, 0);
      this.lookAt(view);
    }

    /// The view that was asked for, where the level has something to show in it: a single sentence
    /// has no interaction.
    viewOf(level) {
      return this.data.settings.levels[level].views[this.wanted].limit > 0 ? this.wanted : "attribution";
    }

    /// Takes up one of the two views; level and place stay.
    lookAt(view) {
      this.view = view;
      this.look = this.set.views[view];
      const { a, b } = this.active;
      if (!this.look.border && (a === this.count("a") || b === this.count("b"))) this.active = { a: null, b: null };
      if (this.active.a === null && this.active.b === null) this.pinned = null;
      for (const button of this.all(".ws-view")) button.setAttribute("aria-pressed", button.dataset.view === view);
      this.root.dataset.view = view;
      this.repaint();
      this.tabulate();
    }

    /// The number of a text's rows.
    count(side) {
      return this.e[side].tokens.length;
    }

    /// A row of the matrix, or a column.
    line(side, k) {
      return Array.from({ length: this.count(other(side)) }, (_, l) => (side === "a" ? this.value(k, l) : this.value(l, k)));
    }

    spans(side) {
      const text = this.one(`[data-side="${side}"] .ws-text`);
      text.innerHTML = this.set.texts[side];
      const spans = [...text.querySelectorAll(".ws-row")];
      spans.forEach((span, i) => {
        span.tabIndex = i === 0 ? 0 : -1;
        span.setAttribute("role", "button");
      });
      return spans;
    }

    /// The value of a cell, the border's included.
    value(i, j) {
      const { matrix, border, interaction } = this.e;
      if (this.view === "interaction") return interaction[i][j];
      if (i < this.count("a")) return j < this.count("b") ? matrix[i][j] : border.a[i];
      return j < this.count("b") ? border.b[j] : border.corner;
    }

    /// The standard error of a cell; null if it was not sampled.
    error(i, j) {
      const errors = this.e.standard_error;
      if (!errors || i >= this.count("a") || j >= this.count("b")) return null;
      return (this.view === "attribution" ? errors.matrix : errors.interaction)[i][j] || null;
    }

    /// Whether a cell is within two standard errors of nothing.
    unclear(i, j) {
      return Math.abs(this.value(i, j)) < 2 * (this.error(i, j) ?? 0);
    }

    /// Whether lists of what is strongest may have a row.
    isListed(side, k) {
      return this.specials || this.set.counted[side][k];
    }

    name(side, i) {
      return { name: this.set.names[side][i]?.join("") ?? "reference" };
    }

    color(value, limit) {
      const arm = this.data.settings.palette[this.theme][value < 0 ? 0 : 1];
      const at = limit > 0 ? Math.min(Math.abs(value / limit), 1) * 4 : 0;
      const from = Math.min(Math.floor(at), 3);
      return mix(arm[from], arm[from + 1], at - from);
    }

    listen() {
      this.all(".ws-unit").forEach((button, level) => button.addEventListener("click", () => this.show(level, this.viewOf(level))));
      for (const button of this.all(".ws-view")) {
        button.addEventListener("click", () => {
          this.wanted = button.dataset.view;
          this.lookAt(this.wanted);
        });
      }
      this.one(".ws-theme").addEventListener("click", () => {
        this.chosen = true;
        this.paintIn(this.theme === "dark" ? "light" : "dark");
      });
      this.one(".ws-specials").addEventListener("click", () => {
        this.specials = !this.specials;
        this.repaint();
        this.tabulate();
      });
      this.one(".ws-table").addEventListener("toggle", () => this.tabulate());
      for (const side of ["a", "b"]) listenToText(this, side, this.one(`[data-side="${side}"] .ws-text`));
      listenToMap(this, this.one(".ws-map"));
      listenToFurther(this);
      this.one(".ws-into").addEventListener("click", () => this.enter());
      this.one(".ws-out").addEventListener("click", () => this.back());
      this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.pin(null));
      // Paper is white, and as wide as it is.
      const { signal } = this.gone;
      const beforePrint = () => {
        this.onScreen = this.theme;
        this.least = { type: 6, cell: 2, scale: 3, paper: true };
        this.paintIn("light");
      };
      const afterPrint = () => {
        this.least = { type: LEAST_TYPE };
        this.paintIn(this.onScreen);
      };
      window.addEventListener("beforeprint", beforePrint, { signal });
      window.addEventListener("afterprint", afterPrint, { signal });
    }

    /// Follows a notebook whose theme changes, until the reader has chosen one here.
    keepToGround() {
      if (this.data.settings.theme) return;
      const watch = new MutationObserver(() => {
        if (!this.root.isConnected || this.chosen) watch.disconnect();
        else if (groundIsDark(this.root) !== (this.theme === "dark")) this.paintIn(this.theme === "dark" ? "light" : "dark");
      });
      for (const at of [document.documentElement, document.body]) watch.observe(at, { attributes: true });
      this.ground = watch;
    }

    paintIn(theme) {
      this.theme = theme;
      this.repaint();
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
      if (this.pinned) this.map.reveal(this.active);
    }

    /// Everything anew: another theme, level or view.
    repaint() {
      this.root.dataset.theme = this.theme;
      const { matrix, interaction, border } = this.e;
      const beside = this.look.border ? [...border.a, ...border.b, border.corner] : [];
      const cells = (this.view === "interaction" ? interaction : matrix).flat();
      paintScale(this, this.one(".ws-scale"), this.look.limit, [...cells, ...beside]);
      this.one(".ws-specials").setAttribute("aria-pressed", this.specials);
      const pairs = strongest(this);
      this.one(".ws-pairs").hidden = pairs.length === 0;
      this.one(".ws-top").replaceChildren(...pairs);
      this.resize();
    }

    resize() {
      this.one(".ws-readout").style.minHeight = "";
      // On paper there is no window to ask, and no room to scroll.
      const room = this.least.cell ? 680 : this.one(".ws-frame").clientWidth - 18;
      this.map = new HeatMap(this, room, this.least);
      this.one(".ws-scale .ws-of").textContent = scaleNote(this);
      const [down, across] = [this.map.down, this.map.across].map((side) => side.toUpperCase());
      const keys = "Arrow keys move, Enter keeps a cell, Escape lets go. Below is the same as a table.";
      this.one(".ws-map").setAttribute("aria-label", `Heatmap: text ${down} runs down, text ${across} across. ${keys}`);
      this.update();
      showMore(this.one(".ws-map"));
    }

    update() {
      this.map.draw(this.active);
      paintTexts(this);
      readout(this);
    }

    /// The table, once somebody opens it.
    tabulate() {
      const details = this.one(".ws-table");
      details.lastElementChild.replaceChildren(...(details.open ? tables(this) : []));
    }
  }
