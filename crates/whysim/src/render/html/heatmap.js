  // The matrix on a canvas: sharp at every size, and quick for hundreds of rows since what does not change is drawn once.
  const GAP = 8;
  // The space of a main effect's bar, from the lowest value to the highest.
  const BAR = 52;

  class HeatMap {
    constructor(pair, room) {
      Object.assign(this, { pair, rows: pair.rows, columns: pair.columns, border: pair.look.border, bars: pair.view === "interaction" });
      const style = getComputedStyle(pair.root);
      this.font = style.fontFamily;
      // Resolved through real properties: a canvas does not understand light-dark().
      this.ink = style.color;
      this.weak = getComputedStyle(pair.one(".ws-recipe")).color;
      this.line = getComputedStyle(pair.one(".ws-bar")).borderTopColor;
      this.pen = document.createElement("canvas").getContext("2d");
      this.measure(room);
      this.base = this.canvas(document.createElement("canvas"));
      this.drawBase(this.base.getContext("2d"));
      this.canvas(pair.canvas);
    }

    /// The cell's side, and the room that the names take.
    measure(room) {
      const most = Math.max(this.rows, this.columns, 1);
      // Where bars stand beside the matrix, its cells may be smaller, so that it needs no scrolling for them.
      const least = most <= 100 ? (this.bars ? 10 : 12) : Math.max(2, Math.floor(1400 / most));
      const across = this.columns + (this.border ? 1 : 0);
      const spare = this.border ? GAP : 0;
      const widest = (names, limit) => Math.min(limit, Math.max(0, ...names.map((name) => this.pen.measureText(name).width)));
      const { a, b } = this.pair.set.labels;
      const reference = this.border ? ["reference"] : [];
      this.cell = 46;
      for (let tries = 0; tries < 2; tries++) {
        this.size = this.cell < 9 ? 0 : Math.min(13, this.cell * 0.8);
        this.pen.font = `${this.size || 1}px ${this.font}`;
        this.left = this.size ? widest([...a, ...reference], 130) + 10 : 4;
        this.tilt = this.cell >= 22 ? Math.PI / 4 : Math.PI / 2;
        const reach = this.size ? widest([...b, ...reference], 120) : 0;
        this.top = reach * Math.sin(this.tilt) + this.size + 6;
        this.over = Math.max(Math.ceil(reach * Math.cos(this.tilt)) + 6, this.bars ? GAP + BAR + 2 : 0);
        this.cell = Math.max(least, Math.min(46, Math.floor((room - this.left - this.over - spare) / Math.max(across, 1))));
      }
      this.numbered = this.cell >= 32;
      this.width = this.left + across * this.cell + spare + this.over;
      this.height = this.top + (this.rows + (this.border ? 1 : 0)) * this.cell + spare + (this.bars ? GAP + BAR : 0) + 2;
    }

    canvas(canvas) {
      const scale = window.devicePixelRatio || 1;
      canvas.width = Math.ceil(this.width * scale);
      canvas.height = Math.ceil(this.height * scale);
      canvas.style.width = `${this.width}px`;
      canvas.style.height = `${this.height}px`;
      canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
      return canvas;
    }

    x(j) {
      return Math.round(this.left) + j * this.cell + (j < this.columns ? 0 : GAP);
    }

    y(i) {
      return Math.round(this.top) + i * this.cell + (i < this.rows ? 0 : GAP);
    }

    drawBase(pen) {
      const extra = this.border ? 1 : 0;
      const gap = this.cell >= 16 ? 1 : 0;
      for (let i = 0; i < this.rows + extra; i++) {
        for (let j = 0; j < this.columns + extra; j++) this.drawCell(pen, i, j, this.cell - gap);
      }
      pen.strokeStyle = this.line;
      pen.lineWidth = 1;
      const frame = (j, i, columns, rows) =>
        pen.strokeRect(this.x(j) - 0.5, this.y(i) - 0.5, columns * this.cell + 1 - gap, rows * this.cell + 1 - gap);
      frame(0, 0, this.columns, this.rows);
      if (this.border) {
        frame(this.columns, 0, 1, this.rows);
        frame(0, this.rows, this.columns, 1);
        frame(this.columns, this.rows, 1, 1);
      }
      if (this.size) this.drawNames(pen, extra);
      if (this.bars) this.drawBars(pen);
    }

    /// Main effects: of rows at the right, of columns below, on one scale around zero. They have no colour, since the cells' colours
    /// mean something else. Where the two would meet are their name and their scale.
    drawBars(pen) {
      const { set, e } = this.pair;
      const middle = { x: this.x(this.columns - 1) + this.cell + GAP + BAR / 2, y: this.y(this.rows - 1) + this.cell + GAP + BAR / 2 };
      const thick = Math.max(1, Math.round(this.cell * 0.6));
      // Rows that do not count in means are paler, and can be beyond the scale: a gap says that the bar would be longer.
      const bar = (value, counted, place) => {
        const share = set.main > 0 ? value / set.main : 0;
        const end = (BAR / 2) * Math.max(-1, Math.min(share, 1));
        pen.globalAlpha = counted ? 1 : 0.4;
        pen.fillRect(...place(Math.min(end, 0), Math.max(end, 0)));
        pen.globalAlpha = 1;
        if (!counted && Math.abs(share) > 1) pen.clearRect(...place(end * 0.8 - 1.5, end * 0.8 + 1.5));
      };
      const across = (start) => start + (this.cell - thick) / 2;
      pen.fillStyle = this.line;
      pen.fillRect(middle.x, this.y(0), 1, this.rows * this.cell);
      pen.fillRect(this.x(0), middle.y, this.columns * this.cell, 1);
      pen.fillStyle = this.weak;
      e.effects.a.forEach((value, i) => bar(value, set.counted.a[i], (from, to) => [middle.x + from, across(this.y(i)), to - from, thick]));
      e.effects.b.forEach((value, j) => bar(value, set.counted.b[j], (from, to) => [across(this.x(j)), middle.y - to, thick, to - from]));
      pen.font = `11px ${this.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      ["main", "effects", `±${short(set.main)}`].forEach((text, n) => pen.fillText(text, middle.x, middle.y + 14 * (n - 1)));
    }

    drawCell(pen, i, j, side) {
      const { look } = this.pair;
      const value = this.pair.value(i, j);
      // What is within its error of nothing has no colour, and is marked.
      const unclear = this.pair.unclear(i, j);
      const color = this.pair.color(unclear ? 0 : value, look.limit);
      pen.fillStyle = hex(color);
      pen.fillRect(this.x(j), this.y(i), side, side);
      if (!this.numbered) return;
      const figure = minus((value / look.unit).toFixed(look.decimals)).replace(/^(−?)0\./, "$1.");
      const text = unclear ? "~" : figure;
      if (!/[1-9~]/.test(text)) return;
      pen.fillStyle = unclear ? this.weak : inkOn(color);
      pen.font = `${Math.min(13, this.cell * 0.31)}px ${this.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(text, this.x(j) + side / 2, this.y(i) + side / 2 + 1);
    }

    fit(pen, text, room) {
      if (pen.measureText(text).width <= room) return text;
      const letters = [...text];
      while (letters.length && pen.measureText(letters.join("") + "…").width > room) letters.pop();
      return letters.join("") + "…";
    }

    drawNames(pen, extra) {
      const { a, b } = this.pair.set.labels;
      const strong = (side, k) => (this.bars ? this.pair.set.counted[side][k] : k < (side === "a" ? this.rows : this.columns));
      pen.font = `${this.size}px ${this.font}`;
      pen.textBaseline = "middle";
      pen.textAlign = "right";
      for (let i = 0; i < this.rows + extra; i++) {
        pen.fillStyle = strong("a", i) ? this.ink : this.weak;
        pen.fillText(this.fit(pen, a[i] ?? "reference", 130), this.x(0) - 7, this.y(i) + this.cell / 2);
      }
      pen.textAlign = "left";
      for (let j = 0; j < this.columns + extra; j++) {
        pen.save();
        pen.fillStyle = strong("b", j) ? this.ink : this.weak;
        pen.translate(this.x(j) + this.cell / 2, this.y(0) - 6);
        pen.rotate(-this.tilt);
        pen.fillText(this.fit(pen, b[j] ?? "reference", 120), 0, 0);
        pen.restore();
      }
    }

    /// The picture with the chosen row and column framed.
    draw({ a, b }) {
      const pen = this.pair.canvas.getContext("2d");
      const extra = this.border ? 1 : 0;
      pen.clearRect(0, 0, this.width, this.height);
      pen.drawImage(this.base, 0, 0, this.base.width, this.base.height, 0, 0, this.base.width / (window.devicePixelRatio || 1), this.base.height / (window.devicePixelRatio || 1));
      pen.strokeStyle = this.ink;
      const frame = (x, y, width, height, line) => {
        pen.lineWidth = line;
        pen.strokeRect(x - 1, y - 1, width + 1, height + 1);
      };
      const right = this.x(this.columns - 1 + extra) + this.cell;
      const bottom = this.y(this.rows - 1 + extra) + this.cell;
      if (a !== null) frame(2, this.y(a), right - 2, this.cell, b === null ? 2 : 1);
      if (b !== null) frame(this.x(b), this.y(0), this.cell, bottom - this.y(0), a === null ? 2 : 1);
      if (a !== null && b !== null) frame(this.x(b), this.y(a), this.cell, this.cell, 3);
    }

    /// The cell under a point; left of the matrix its row, above it its column, and so beside it at its bars.
    cellAt(x, y) {
      const find = (at, place, count) => {
        const inside = (k) => at >= place(k) && at < place(k) + this.cell;
        const k = Math.min(Math.floor((at - place(0)) / this.cell), count - 1);
        if (k >= 0 && inside(k)) return k;
        return this.border && inside(count) ? count : null;
      };
      const i = find(y, (k) => this.y(k), this.rows);
      const j = find(x, (k) => this.x(k), this.columns);
      if (i !== null && j !== null) return { a: i, b: j };
      if (i !== null && (x < this.x(0) || this.bars)) return { a: i, b: null };
      if (j !== null && (y < this.y(0) || this.bars)) return { a: null, b: j };
      return null;
    }
  }

