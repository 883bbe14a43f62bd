// The page: what is typed is asked, and what is answered is shown.

import { Refused, ask, key } from "./api.js";
import * as copies from "./copy.js";
import { EXAMPLES } from "./examples.js";
import * as form from "./form.js";
import * as result from "./result.js";
import { fresh, paragraphs, read, written } from "./state.js";
import { glossary } from "./terms.js";

const one = (selector) => document.querySelector(selector);
const answer = one(".answer");
let state = fresh();
let running = null;
let copying = null;
let timer = 0;
let connected = false;
/// The path and the body of what is shown.
let answered = null;

const say = (text) => (one(".status").textContent = text);

/// The path and the body of what is asked.
const question = () => {
  const method = state.method === "removal" ? { method: "removal", by: state.by } : { layer: state.layer ?? undefined };
  const model = state.model ?? undefined;
  if (state.mode === "passages") {
    return ["/highlight", { query: state.query, passages: paragraphs(state.passages), model, ...method }];
  }
  return ["/explain", { a: state.a, b: state.b, model, view: state.view ?? undefined, ...method }];
};

/// What keeps the question from being asked.
const missing = () => {
  const needed = state.mode === "pair" ? { a: "text A", b: "text B" } : { query: "the query", passages: "the passages" };
  return Object.entries(needed).filter(([name]) => state[name].trim() === "");
};

const remember = () => {
  try {
    history.replaceState(null, "", written(state));
  } catch {
    // Texts too long for an address stay on the page.
  }
};

/// Shows what went wrong: at its field, at the key, or above the result.
const fail = (error) => {
  const said = error instanceof Refused ? error : new Refused(-1, { message: `This page failed: ${error.message}` });
  if (said.status === 401) return askForKey(key.get() ? "The server does not know this key." : "");
  const message = said.message.charAt(0).toUpperCase() + said.message.slice(1);
  const beside = form.blame(said.param, message);
  one(".failure").hidden = beside;
  one(".failure p").textContent = message;
  leave(beside ? "Not answered: see the field above." : "");
};

/// What is shown is not what is asked: it has no colours, and cannot be copied.
const leave = (text) => {
  answer.classList.add("stale");
  one(".copies").hidden = true;
  say(one("#result").childElementCount > 0 ? `${text} Below is the previous result.`.trim() : text);
};

const askForKey = (message) => {
  one(".key").hidden = false;
  // Nothing can be chosen before the server has said what there is.
  one(".ask").hidden = !connected;
  one("#error-key").textContent = message;
  one("#key").focus();
  leave("Waiting for the key.");
};

/// Stops what is asked, if anything is.
const stop = () => {
  clearTimeout(timer);
  running?.abort();
  copying?.abort();
  running = copying = null;
  one(".stop").hidden = true;
  answer.classList.remove("busy");
};

const update = async () => {
  stop();
  form.forgive();
  one(".failure").hidden = true;
  const gaps = missing();
  for (const [name, text] of gaps) form.blame(name, `There is nothing in ${text} yet: type something.`);
  if (gaps.length > 0) return leave("");
  const own = (running = new AbortController());
  const began = performance.now();
  answer.classList.add("busy");
  const working = setTimeout(() => say("Working …"), 400);
  const long = setTimeout(() => (one(".stop").hidden = false), 1500);
  try {
    const asked = question();
    const [path, body] = asked;
    const waiting = (left) => {
      clearTimeout(working);
      say(left > 0 ? `The server is busy: trying again in ${left} s.` : "Working …");
    };
    const html = await (await ask(path, { ...body, format: "page" }, { signal: own.signal, waiting })).text();
    if (own.signal.aborted) return;
    state.mode === "pair" ? result.showPair(html, state.unit) : result.showPassages(html);
    answer.classList.remove("stale");
    answered = asked;
    one(".copies").hidden = false;
    one('[data-copy="png"]').hidden = state.mode !== "pair";
    say(`Answered in ${((performance.now() - began) / 1000).toFixed(2)} s.`);
  } catch (error) {
    if (!own.signal.aborted) fail(error);
  } finally {
    clearTimeout(working);
    clearTimeout(long);
    if (running === own) stop();
  }
};

const changed = (wait, field) => {
  const { model, mode } = state;
  form.take(state);
  if (state.model !== model) state.layer = null;
  // The new mode begins with an example, where nothing has been typed for it.
  if (state.mode !== mode && missing().length === 2) return show(EXAMPLES.find((one) => one.mode === state.mode));
  if (state.mode !== mode) clearShown();
  remember();
  stop();
  // What is shown is not what the form says any more, and the link is another.
  one(".copies").hidden = true;
  if (field?.matches("textarea")) form.forgive();
  timer = setTimeout(connected ? update : connect, wait);
};

const clearShown = () => {
  form.mark(null);
  result.clear();
  one(".copies").hidden = true;
};

/// Shows an example; the model and the method stay.
const show = (example) => {
  const { name, note, ...texts } = example;
  if (state.mode !== texts.mode) result.clear();
  state = { ...state, view: null, unit: null, ...texts };
  form.fill(state);
  form.mark(example);
  remember();
  connected ? update() : connect();
};

/// Shows what the address says, or the first example.
const open = () => {
  const asked = read(location.hash);
  if (!asked) return show(EXAMPLES[0]);
  state = asked;
  form.fill(state);
  form.mark(EXAMPLES.find(({ mode, a, b, query, passages }) => {
    return mode === state.mode && (mode === "pair" ? a === state.a && b === state.b : query === state.query && passages === state.passages);
  }) ?? null);
  update();
};

/// Asks for the models, and opens the page.
const connect = async () => {
  one(".failure").hidden = true;
  try {
    const info = await (await ask("/info")).json();
    one(".key").hidden = true;
    one(".ask").hidden = false;
    connected = true;
    form.ready(info);
    open();
  } catch (error) {
    fail(error);
  }
};

form.listen(changed, show);
result.onChoice((name) => {
  state[name] = result.shown()[name];
  remember();
});
copies.listen(
  one(".copies"),
  async (kind) => {
    if (kind === "link") return new Blob([location.href], { type: "text/plain" });
    const [path, body] = answered;
    const { view, unit } = result.shown();
    const isPair = state.mode === "pair";
    const theme = isPair && kind !== "json" ? document.documentElement.dataset.theme : undefined;
    // As it is shown: by words, or by sentences.
    const by = isPair && body.method !== "removal" && unit !== "token" ? (unit ?? undefined) : body.by;
    const look = { by, theme, view: isPair && kind !== "json" ? view : undefined };
    const own = (copying = new AbortController());
    const waiting = (left) => say(left > 0 ? `The server is busy: trying again in ${left} s.` : "Working …");
    return (await ask(path, { ...body, ...look, format: kind }, { signal: own.signal, waiting })).blob();
  },
  say,
);
one(".stop").addEventListener("click", () => {
  stop();
  leave("Stopped.");
});
result.onPassage((i) => show({ mode: "pair", name: null, note: "", a: state.query, b: paragraphs(state.passages)[i] }));
one(".failure button").addEventListener("click", () => (connected ? update() : connect()));
one(".key").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = one("#key").value.trim();
  if (!/^[\x21-\x7e]+$/.test(given)) {
    one("#error-key").textContent = "A key consists of letters, digits and signs of ASCII, without spaces.";
    return;
  }
  key.set(given);
  one("#key").value = "";
  one(".key").hidden = true;
  connected ? update() : connect();
});
addEventListener("hashchange", () => connected && open());
one("[data-skip]").addEventListener("click", (event) => {
  // The address holds the texts.
  event.preventDefault();
  one("#result").focus();
});
glossary(one(".glossary dl"));
connect();
