// What is asked and how it is shown, as the page's address has it: behind `#`, which browsers never
// send, so that no text reaches a log.

/// Everything with its value where the address has none. A null is chosen by the server, or by the
/// length of the texts.
const DEFAULTS = {
  mode: "pair",
  a: "",
  b: "",
  query: "",
  passages: "",
  model: null,
  method: "path",
  layer: null,
  by: "word",
  view: null,
  unit: null,
};

/// The fields of each mode: an address has no text that is not shown.
const OF_MODE = { pair: ["a", "b"], passages: ["query", "passages"] };

const CHOICES = {
  mode: ["pair", "passages"],
  method: ["path", "removal"],
  by: ["token", "word", "sentence"],
  view: ["attribution", "interaction"],
  unit: ["token", "word", "sentence"],
};

/// The state that an address's part behind `#` stands for; null if it has no text. What is not
/// known is left at its default.
export const read = (hash) => {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS)) {
    const value = given.get(name);
    if (value === null || (value === "" && DEFAULTS[name] === null) || (CHOICES[name] && !CHOICES[name].includes(value))) continue;
    state[name] = value;
  }
  if (state.layer !== null) state.layer = /^-?\d{1,4}$/.test(state.layer) ? Number(state.layer) : null;
  return OF_MODE[state.mode].some((name) => state[name] !== "") ? state : null;
};

/// The part behind `#` that stands for a state.
export const written = (state) => {
  const left = OF_MODE[state.mode === "pair" ? "passages" : "pair"];
  const shown = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name] && !left.includes(name));
  return `#${new URLSearchParams(shown)}`;
};

export const fresh = () => ({ ...DEFAULTS });

/// The passages of a text: its paragraphs.
export const paragraphs = (text) =>
  text
    .split(/\n[^\S\n]*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
