// A list of pairs: search, order, and the explanation of a pair that is opened for the first time.
(() => {
  "use strict";

  const one = (selector) => document.querySelector(selector);
  const list = one(".pairs");
  const items = [...list.children];
  const field = one(".find input");
  const order = one(".tools select");
  const words = (item) => [...item.querySelectorAll("summary b, .a, .b")].map((part) => part.textContent).join("\n");
  const texts = new Map(items.map((item) => [item, words(item).toLowerCase()]));

  /// What a text must have: all that is typed, or a whole word in quotes.
  const wanted = (typed) => {
    const whole = typed.match(/^"(.+)"$/);
    if (!whole) return (text) => text.includes(typed);
    const literal = whole[1].replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const word = new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, "u");
    return (text) => word.test(text);
  };

  const search = () => {
    const has = wanted(field.value.trim().toLowerCase());
    let shown = 0;
    for (const item of items) {
      item.hidden = !has(texts.get(item));
      shown += item.hidden ? 0 : 1;
    }
    one(".shown").textContent = `${shown} of ${items.length}`;
    one(".none").hidden = shown > 0;
  };

  /// Pairs without the number that is asked for come last, whichever way.
  const sort = () => {
    const [key, way] = order.value.split("-");
    const number = (item) => (key in item.dataset ? Number(item.dataset[key]) : null);
    const compare = (x, y) => {
      if (key === "text") return texts.get(x).localeCompare(texts.get(y));
      const [a, b] = [number(x), number(y)];
      if (a === null || b === null) return (a === null) - (b === null);
      return way === "down" ? b - a : a - b;
    };
    list.append(...items.sort((x, y) => compare(x, y) || x.dataset.number - y.dataset.number));
  };

  const open = (details) => {
    const template = details.querySelector(":scope > template");
    if (!details.open || !template) return;
    const place = details.querySelector(".opened");
    place.append(template.content.cloneNode(true));
    template.remove();
    whysim.draw(place);
  };

  const reach = () => {
    const item = document.getElementById(location.hash.slice(1));
    if (!item || !items.includes(item)) return;
    item.querySelector("details").open = true;
    item.scrollIntoView();
  };

  field.addEventListener("input", search);
  order.addEventListener("change", sort);
  one(".tools").addEventListener("submit", (event) => event.preventDefault());
  // `toggle` does not bubble, but is seen on its way down.
  list.addEventListener("toggle", (event) => open(event.target), true);
  for (const button of document.querySelectorAll("[data-find]")) {
    button.addEventListener("click", () => {
      field.value = `"${button.dataset.find}"`;
      search();
      field.scrollIntoView({ block: "nearest" });
    });
  }
  addEventListener("hashchange", reach);
  // A browser that comes back to the page has kept what was typed and chosen.
  if (field.value) search();
  if (order.selectedIndex > 0) sort();
  reach();
})();
