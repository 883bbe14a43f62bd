  // Pointer and keyboard, in the texts and in the matrix.
  const listenToText = (pair, side, text) => {
    const at = (event) => {
      const span = event.target.closest(".ws-row");
      return span && { a: null, b: null, [side]: Number(span.dataset.i) };
    };
    text.addEventListener("pointerover", (event) => pair.hover(at(event)));
    text.addEventListener("pointerleave", () => pair.hover(null));
    text.addEventListener("focusin", (event) => pair.hover(at(event)));
    text.addEventListener("focusout", () => pair.hover(null));
    text.addEventListener("click", (event) => pair.pin(at(event)));
    text.addEventListener("keydown", (event) => {
      const spans = pair.tokens[side];
      const i = spans.indexOf(event.target);
      const next = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: spans.length - 1 };
      if (event.key === "Enter" || event.key === " ") pair.pin(at(event));
      else if (event.key in next && spans[next[event.key]]) {
        event.target.tabIndex = -1;
        spans[next[event.key]].tabIndex = 0;
        spans[next[event.key]].focus();
      } else return;
      event.preventDefault();
    });
  };

  const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

  const listenToMap = (pair, map) => {
    map.addEventListener("pointermove", (event) => {
      pair.hover(pair.map.at(event));
      follow(pair);
    });
    map.addEventListener("pointerleave", () => pair.hover(null));
    map.addEventListener("click", (event) => pair.pin(pair.map.at(event)));
    map.addEventListener("blur", () => pair.hover(null));
    map.addEventListener("scroll", () => showMore(map));
    map.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      const { a, b } = pair.active;
      const { down, across, rows, columns } = pair.map;
      const extra = pair.look.border ? 1 : 0;
      if (event.key === "Enter" || event.key === " ") pair.pin(a === null ? null : { a, b });
      else if (step) {
        const [i, j] = [pair.active[down], pair.active[across]];
        const [by, along] = i !== null && j !== null ? step : [0, 0];
        const next = (at, by, count) => clamp((at ?? 0) + by, 0, count - 1 + extra);
        pair.pinned = null;
        pair.hover(pair.map.place(next(i, by, rows), next(j, along, columns)));
        pair.map.reveal(pair.active);
        follow(pair);
      } else return;
      event.preventDefault();
    });
  };

  /// Where the texts scroll beside the matrix, what is pointed at there comes into view.
  const follow = (pair) => {
    const left = pair.one(".ws-left");
    if (left.scrollHeight <= left.clientHeight || getComputedStyle(left).overflowY !== "auto") return;
    const box = left.getBoundingClientRect();
    const bottom = pair.one(".ws-readout").getBoundingClientRect().top;
    for (const side of ["b", "a"]) {
      const span = pair.tokens[side][pair.active[side]];
      if (!span) continue;
      const at = span.getBoundingClientRect();
      if (at.top < box.top) left.scrollTop -= box.top - at.top + 8;
      else if (at.bottom > bottom) left.scrollTop += at.bottom - bottom + 8;
    }
  };

  /// What is further down in the texts' column where it scrolls: text B, then the strongest pairs.
  const further = (pair) => {
    const left = pair.one(".ws-left");
    if (getComputedStyle(left).overflowY !== "auto" || left.scrollHeight <= left.clientHeight + 2) return null;
    const bottom = pair.one(".ws-readout").getBoundingClientRect().top;
    const places = [["text B", pair.one('[data-side="b"]')], ["strongest pairs", pair.one(".ws-pairs")]];
    return places.find(([, at]) => !at.hidden && at.getBoundingClientRect().top > bottom - 40) ?? null;
  };

  const showFurther = (pair) => {
    const [button, next] = [pair.one(".ws-further"), further(pair)];
    button.hidden = next === null;
    if (next) button.textContent = `${next[0]} ↓`;
  };

  const listenToFurther = (pair) => {
    const left = pair.one(".ws-left");
    left.addEventListener("scroll", () => showFurther(pair));
    pair.one(".ws-further").addEventListener("click", () => {
      const next = further(pair);
      if (next) left.scrollTop += next[1].getBoundingClientRect().top - left.getBoundingClientRect().top;
    });
  };

  /// Shades the edges behind which there is more.
  const showMore = (map) => {
    const { style } = map.parentElement;
    style.setProperty("--ws-bar-down", `${map.offsetWidth - map.clientWidth}px`);
    style.setProperty("--ws-bar-across", `${map.offsetHeight - map.clientHeight}px`);
    map.parentElement.classList.toggle("ws-more-across", map.scrollLeft + map.clientWidth < map.scrollWidth - 2);
    map.parentElement.classList.toggle("ws-more-down", map.scrollTop + map.clientHeight < map.scrollHeight - 2);
  };
