  // The matrix on canvases: sharp at every size, and quick for hundreds of rows since what does not
  // change is drawn once. Where it is larger than its place it scrolls, and the names of its rows
  // and columns stay.
  const GAP = 8;
  // The space of a main effect's bar, from the lowest value to the highest.
  const BAR = 52;
  // What they are called, and the room of the axes' names in the corner.
  const EFFECTS = "main effects";
  const AXES = 46;
  // Where a browser draws nothing more: some phones have no larger canvases.
  const MOST_PIXELS = 16e6;
  const MOST_SIDE = 16000;

  class HeatMap {
    constructor(pair, room, least) {
      Object.assign(this, { pair, room, border: pair.look.border, bars: pair.view === "interaction", least });
      const style = getComputedStyle(pair.root);
      this.font = style.fontFamily;
      // Resolved through real properties: a canvas does not understand light-dark().
      this.ink = style.color;
      this.weak = getComputedStyle(pair.one(".ws-recipe")).color;
      this.line = getComputedStyle(pair.one(".ws-right .ws-bar")).borderTopColor;
      this.pen = document.createElement("canvas").getContext("2d");
      this.measure("a");
      // A passage under a question: its names are read when it runs down.
      if (this.wide < 18 && this.columns > 1.5 * this.rows) this.measure("b");
      const most = Math.min(MOST_SIDE / this.width, MOST_SIDE / this.height);
      const sharp = least.scale ?? (window.devicePixelRatio || 1);
      this.scale = Math.min(sharp, Math.sqrt(MOST_PIXELS / this.width / this.height), most);
      this.base = document.createElement("canvas");
      this.open(this.base, 0, 0, this.width, this.height);
      this.drawBase(this.base.getContext("2d"));
      this.lay();
    }

    /// Cells and the room of the names, with the rows of the text `down` as rows.
    measure(down) {
      const { pair, room, border } = this;
      Object.assign(this, { down, across: other(down), rows: pair.count(down), columns: pair.count(other(down)) });
      const across = this.columns + (border ? 1 : 0);
      const spare = border ? GAP : 0;
      // Where bars stand beside the matrix, its cells may be narrower, so that it needs no
      // scrolling for them.
      const narrow = this.least.cell ?? (this.columns <= 100 ? (this.bars ? 11 : 12) : Math.max(2, Math.floor(1400 / this.columns)));
      const flat = this.rows <= 100 || this.columns <= 60 ? 14 : narrow;
      const widest = (side, limit) => {
        const names = [...pair.set.labels[side], ...(border ? [["reference", ""]] : [])];
        return Math.min(limit, Math.max(0, ...names.map((name) => this.pen.measureText(name.join("")).width)));
      };
      const most = pair.set.by === "sentence" ? 240 : 130;
      this.wide = this.high = 46;
      for (let tries = 0; tries < 2; tries++) {
        this.beside = labelling(this.high, this.least.type, pair.e.relevance[this.down]);
        this.above = labelling(this.wide, this.least.type, pair.e.relevance[this.across]);
        this.pen.font = `${this.beside.size}px ${this.font}`;
        const caption = this.bars ? this.pen.measureText(EFFECTS).width : 0;
        this.left = Math.ceil(Math.max(widest(this.down, Math.min(most, room * 0.3)), caption, AXES) + 10);
        this.tilt = this.wide >= 22 ? Math.PI / 4 : Math.PI / 2;
        this.pen.font = `${this.above.size}px ${this.font}`;
        this.reach = widest(this.across, most);
        const named = Math.max(this.reach, this.bars ? this.pen.measureText(EFFECTS).width : 0);
        this.top = Math.max(AXES, Math.ceil(named * Math.sin(this.tilt) + this.above.size + 6));
        const beyond = Math.ceil(named * Math.cos(this.tilt)) + 6;
        const over = this.bars ? Math.max(GAP + BAR + 2, GAP + BAR / 2 + beyond) : beyond;
        this.wide = clamp(Math.floor((room - this.left - over - spare) / Math.max(across, 1)), narrow, 46);
        this.high = clamp(Math.min(this.wide, Math.max(16, Math.floor(640 / Math.max(this.rows, 1)))), flat, 46);
        this.width = this.left + across * this.wide + spare + over;
      }
      // The widest number has a sign, a point and digits; where it is too small, no cell has one.
      this.pen.font = `100px ${this.font}`;
      const longest = this.pen.measureText(`−.${"0".repeat(pair.look.room - 2)}`).width / 100;
      this.type = Math.min(13, this.wide * 0.31, this.high * 0.72, (this.wide - 5) / longest);
      this.numbered = this.wide >= 32 && this.high >= 14 && this.type >= 8;
      this.height = this.top + (this.rows + (border ? 1 : 0)) * this.high + spare + (this.bars ? GAP + BAR : 0) + 2;
    }

    open(canvas, x, y, width, height) {
      canvas.width = Math.max(1, Math.ceil(width * this.scale));
      canvas.height = Math.max(1, Math.ceil(height * this.scale));
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      canvas.getContext("2d").setTransform(this.scale, 0, 0, this.scale, -x * this.scale, -y * this.scale);
      return canvas;
    }

    /// Four canvases, of which three stay in view: the corner, the names above, the names beside,
    /// the cells.
    lay() {
      const grid = this.pair.one(".ws-grid");
      grid.classList.toggle("ws-paper", this.least.paper === true);
      if (this.least.paper) {
        this.layers = [];
        grid.replaceChildren(...strips(this));
        return;
      }
      const [across, below] = [this.width - this.left, this.height - this.top];
      const places = {
        "ws-corner": [0, 0, this.left, this.top],
        "ws-above": [this.left, 0, across, this.top],
        "ws-beside": [0, this.top, this.left, below],
        "ws-cells": [this.left, this.top, across, below],
      };
      this.layers = Object.entries(places).map(([name, [x, y, width, height]]) => {
        return { canvas: this.open(element("canvas", name, ""), x, y, width, height), x, y, width, height };
      });
      grid.style.gridTemplateColumns = `${this.left}px ${across}px`;
      grid.style.width = `${this.width}px`;
      grid.replaceChildren(...this.layers.map(({ canvas }) => canvas));
    }

    x(j) {
      return this.left + j * this.wide + (j < this.columns ? 0 : GAP);
    }

    y(i) {
      return this.top + i * this.high + (i < this.rows ? 0 : GAP);
    }

    /// What of the texts stands in a row and a column of the picture, and the other way round.
    place(i, j) {
      return this.down === "a" ? { a: i, b: j } : { a: j, b: i };
    }

    drawBase(pen) {
      const extra = this.border ? 1 : 0;
      const gap = Math.min(this.wide, this.high) >= 14 ? 1 : 0;
      for (let i = 0; i < this.rows + extra; i++) {
        for (let j = 0; j < this.columns + extra; j++) this.drawCell(pen, i, j, this.wide - gap, this.high - gap);
      }
      pen.strokeStyle = this.line;
      pen.lineWidth = 1;
      const frame = (j, i, columns, rows) =>
        pen.strokeRect(this.x(j) - 0.5, this.y(i) - 0.5, columns * this.wide + 1 - gap, rows * this.high + 1 - gap);
      frame(0, 0, this.columns, this.rows);
      if (this.border) {
        frame(this.columns, 0, 1, this.rows);
        frame(0, this.rows, this.columns, 1);
        frame(this.columns, this.rows, 1, 1);
      }
      drawLabels(this, pen);
      if (this.bars) this.drawBars(pen);
    }

    drawCell(pen, i, j, width, height) {
      const { pair } = this;
      const { a, b } = this.place(i, j);
      const value = pair.value(a, b);
      // What is within its error of nothing has no colour, and is marked.
      const unclear = pair.unclear(a, b);
      const color = pair.color(unclear ? 0 : value, pair.look.limit);
      pen.fillStyle = hex(color);
      pen.fillRect(this.x(j), this.y(i), width, height);
      if (!this.numbered) return;
      const text = unclear ? "~" : cellFigure(pair.look, value);
      if (!text) return;
      pen.fillStyle = unclear ? this.weak : inkOn(color);
      pen.font = `${this.type}px ${this.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(text, this.x(j) + width / 2, this.y(i) + height / 2 + 1);
    }

    /// Main effects: of rows at the right, of columns below, on one scale around zero. They have no
    /// colour, since the cells' colours mean something else. Where the two would meet is their
    /// scale.
    drawBars(pen) {
      const { set, e } = this.pair;
      const middle = { x: this.x(this.columns - 1) + this.wide + GAP + BAR / 2, y: this.y(this.rows - 1) + this.high + GAP + BAR / 2 };
      // Rows that do not count in means are paler, and can be beyond the scale: a gap says that the
      // bar would be longer.
      const bar = (value, counted, place) => {
        const share = set.main > 0 ? value / set.main : 0;
        const end = (BAR / 2) * clamp(share, -1, 1);
        pen.globalAlpha = counted ? 1 : 0.4;
        pen.fillRect(...place(Math.min(end, 0), Math.max(end, 0)));
        pen.globalAlpha = 1;
        if (!counted && Math.abs(share) > 1) pen.clearRect(...place(end * 0.8 - 1.5, end * 0.8 + 1.5));
      };
      const thick = (cell) => Math.max(1, Math.round(cell * 0.6));
      const start = (at, cell) => at + (cell - thick(cell)) / 2;
      pen.fillStyle = this.line;
      pen.fillRect(middle.x, this.y(0), 1, this.rows * this.high);
      pen.fillRect(this.x(0), middle.y, this.columns * this.wide, 1);
      pen.fillStyle = this.weak;
      e.effects[this.down].forEach((value, i) => {
        const place = (from, to) => [middle.x + from, start(this.y(i), this.high), to - from, thick(this.high)];
        bar(value, set.counted[this.down][i], place);
      });
      e.effects[this.across].forEach((value, j) => {
        const place = (from, to) => [start(this.x(j), this.wide), middle.y - to, thick(this.wide), to - from];
        bar(value, set.counted[this.across][j], place);
      });
      pen.font = `11px ${this.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(`±${short(set.main)}`, middle.x, middle.y);
      drawName(this, pen, EFFECTS, middle);
    }

    /// The picture with the chosen row and column framed.
    draw(active) {
      const [row, column] = [active[this.down], active[this.across]];
      const extra = this.border ? 1 : 0;
      const right = this.x(this.columns - 1 + extra) + this.wide;
      const bottom = this.y(this.rows - 1 + extra) + this.high;
      for (const { canvas, x, y, width, height } of this.layers) {
        const pen = canvas.getContext("2d");
        pen.clearRect(x, y, width, height);
        pen.drawImage(this.base, 0, 0, this.base.width / this.scale, this.base.height / this.scale);
        pen.strokeStyle = this.ink;
        const frame = (x, y, width, height, line) => {
          pen.lineWidth = line;
          pen.strokeRect(x - 1, y - 1, width + 1, height + 1);
        };
        if (row !== null) frame(2, this.y(row), right - 2, this.high, column === null ? 2 : 1);
        if (column !== null) frame(this.x(column), 2, this.wide, bottom - 2, row === null ? 2 : 1);
        if (row !== null && column !== null) frame(this.x(column), this.y(row), this.wide, this.high, 3);
      }
    }

    /// The cell under a pointer; beside the matrix its row, above it its column, and so at its
    /// bars.
    at(event) {
      const layer = this.layers.find(({ canvas }) => canvas === event.target);
      if (!layer) return null;
      const find = (at, place, cell, count) => {
        const inside = (k) => at >= place(k) && at < place(k) + cell;
        const k = Math.min(Math.floor((at - place(0)) / cell), count - 1);
        if (k >= 0 && inside(k)) return k;
        return this.border && inside(count) ? count : null;
      };
      const [x, y] = [layer.x + event.offsetX, layer.y + event.offsetY];
      const i = find(y, (k) => this.y(k), this.high, this.rows);
      const j = find(x, (k) => this.x(k), this.wide, this.columns);
      if (i !== null && j !== null) return this.place(i, j);
      if (i !== null && (x < this.x(0) || this.bars)) return this.place(i, null);
      if (j !== null && (y < this.y(0) || this.bars)) return this.place(null, j);
      return null;
    }

    /// Scrolls a place into view.
    reveal(active) {
      const map = this.pair.one(".ws-map");
      const into = (start, end, from, to) => (start < from ? start : end > to ? end - (to - from) : from);
      const [i, j] = [active[this.down], active[this.across]];
      const [x, y] = [this.x(j ?? 0) - this.left, this.y(i ?? 0) - this.top];
      const [right, bottom] = [map.scrollLeft + map.clientWidth - this.left, map.scrollTop + map.clientHeight - this.top];
      if (j !== null) map.scrollLeft = into(x, x + this.wide, map.scrollLeft, right);
      if (i !== null) map.scrollTop = into(y, y + this.high, map.scrollTop, bottom);
    }
  }
