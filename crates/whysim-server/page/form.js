// The form: what is typed and chosen, and what is wrong with it beside the field that it concerns.

import { EXAMPLES } from "./examples.js";

const form = document.querySelector(".ask");
const one = (selector) => form.querySelector(selector);
const FIELDS = ["a", "b", "query", "passages", "model", "method", "layer", "by"];

/// The models of the server, by their names.
let models = new Map();

export const ready = (info) => {
  models = new Map(info.models.map((model) => [model.name, model]));
  one("#model").replaceChildren(...[...models.keys()].map((name) => new Option(name, name)));
};

const model = () => models.get(one("#model").value);

/// The layer's ends and where its mark is; it stays where it was if the model has that layer.
const fitLayers = (layer) => {
  const own = model();
  if (!own) return;
  const slider = one("#layer");
  slider.max = own.layers;
  const asked = layer ?? own.default_layer;
  slider.value = asked < 0 ? own.layers + 1 + asked : asked;
  showLayer();
};

const showLayer = () => {
  const own = model();
  if (own) one("#at-layer").textContent = `${one("#layer").value} of ${own.layers}`;
};

/// Fills the form.
export const fill = (state) => {
  form.elements.mode.value = state.mode;
  for (const name of ["a", "b", "query", "passages", "method", "by"]) one(`#${name}`).value = state[name];
  const select = one("#model");
  for (const added of select.querySelectorAll("[data-unknown]")) added.remove();
  if (state.model !== null && !models.has(state.model)) {
    // The server says so itself, beside the field.
    const unknown = new Option(state.model, state.model);
    unknown.dataset.unknown = "";
    select.append(unknown);
  }
  select.value = state.model ?? models.keys().next().value;
  fitLayers(state.layer);
  arrange();
};

/// Shows the fields of the mode and of the method.
const arrange = () => {
  const mode = form.elements.mode.value;
  for (const part of form.querySelectorAll("[data-mode]")) part.hidden = part.dataset.mode !== mode;
  for (const part of form.querySelectorAll("[data-method]")) part.hidden = part.dataset.method !== one("#method").value;
  for (const chip of form.querySelectorAll(".examples button")) chip.hidden = chip.dataset.of !== mode;
};

/// Takes what the form has into a state.
export const take = (state) => {
  const first = models.keys().next().value;
  state.mode = form.elements.mode.value;
  for (const name of ["a", "b", "query", "passages", "method", "by"]) state[name] = one(`#${name}`).value;
  // There are no models to choose from before the server has named them.
  const chosen = one("#model").value;
  state.model = chosen === "" || chosen === first ? null : chosen;
  const layer = Number(one("#layer").value);
  state.layer = model() && layer !== model().default_layer ? layer : null;
};

/// Says what is wrong beside the field it concerns: `passages[2]` is in `passages`. False if there
/// is no such field in sight.
export const blame = (param, message) => {
  const name = /^\w+/.exec(param ?? "")?.[0];
  if (!FIELDS.includes(name) || one(`#${name}`).closest("[hidden]")) return false;
  one(`#${name}`).setAttribute("aria-invalid", "true");
  one(`#error-${name}`).textContent = message;
  return true;
};

export const forgive = () => {
  for (const name of FIELDS) {
    one(`#${name}`).removeAttribute("aria-invalid");
    one(`#error-${name}`).textContent = "";
  }
};

/// Buttons that fill the form with an example.
const offer = (chosen) => {
  const note = Object.assign(document.createElement("p"), { className: "note" });
  const chip = (example) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: example.name });
    button.dataset.of = example.mode;
    button.addEventListener("click", () => {
      chosen(example);
      mark(example);
    });
    return button;
  };
  one(".examples").append(...EXAMPLES.map(chip), note);
};

/// Which example is shown, and what to see in it; null for none.
export const mark = (example) => {
  for (const button of form.querySelectorAll(".examples button")) {
    button.setAttribute("aria-pressed", button.textContent === example?.name);
  }
  one(".note").textContent = example?.note ?? "";
};

/// Calls back with the milliseconds that may pass before an answer is asked for.
export const listen = (changed, chosen) => {
  offer(chosen);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (target.matches("textarea")) mark(null);
    if (target.id === "model") fitLayers(null);
    if (target.id === "layer") showLayer();
    arrange();
    changed(target.matches("textarea") ? 300 : target.id === "layer" ? 150 : 0, target);
  });
};
