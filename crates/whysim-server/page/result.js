// What the server answered: its picture, the level and view that are chosen, and the words for it.
// The picture is the one of pages that the program writes; whysim.js draws it.

import { explainLedger } from "./terms.js";

/// Tokens of a text from which on sentences are shown first.
const LONG = 80;

const place = document.querySelector("#result");
let drawn = [];

/// Elements of a document that the server wrote. Texts are escaped in it, and a page's policy runs
/// no script of it.
const elements = (html) => [...new DOMParser().parseFromString(html, "text/html").body.children];

const units = () => [...place.querySelectorAll(".ws-unit")];

/// How the picture is shown now.
export const shown = () => ({
  view: place.querySelector(".whysim")?.dataset.view ?? null,
  unit: units().find((button) => button.getAttribute("aria-pressed") === "true")?.dataset.unit ?? null,
});

const choose = (unit) => units().find((button) => button.dataset.unit === unit)?.click();

/// The unit where the reader has chosen none.
const fitting = () => {
  const rows = (side) => place.querySelectorAll(`[data-side="${side}"] .ws-row`).length;
  return Math.max(rows("a"), rows("b")) > LONG ? "sentence" : null;
};

const replace = (html) => {
  for (const pair of drawn) pair.leave();
  place.replaceChildren(...elements(html));
  drawn = window.whysim.draw(place);
};

/// Shows an explanation, by the unit that is wanted.
export const showPair = (html, unit) => {
  replace(html);
  choose(unit ?? fitting());
  explainLedger(place.querySelector(".ws-ledger"));
};

/// Shows highlights. Colours and lengths come as data, since no style may stand in what is loaded.
export const showPassages = (html) => {
  replace(html);
  for (const styled of place.querySelectorAll("[data-style]")) {
    styled.style.cssText = styled.dataset.style;
    delete styled.dataset.style;
  }
  for (const [i, title] of [...place.querySelectorAll(".ws-hit > .ws-title")].entries()) {
    const open = Object.assign(document.createElement("button"), { type: "button", className: "why", textContent: "Why? ›" });
    open.setAttribute("aria-label", `Why passage ${i + 1} is similar to the query`);
    open.dataset.passage = i;
    title.append(open);
  }
};

/// Calls back with the number of a passage that is to be explained with the query.
export const onPassage = (chosen) => {
  place.addEventListener("click", ({ target }) => {
    if (target.dataset.passage) chosen(Number(target.dataset.passage));
  });
};

export const clear = () => {
  for (const pair of drawn) pair.leave();
  drawn = [];
  place.replaceChildren();
};

/// Calls back when the reader chooses another view or unit in the picture.
export const onChoice = (changed) => {
  place.addEventListener("click", (event) => {
    const chosen = event.target.closest(".ws-view, .ws-unit");
    if (chosen && event.isTrusted) changed(chosen.classList.contains("ws-view") ? "view" : "unit");
  });
};
