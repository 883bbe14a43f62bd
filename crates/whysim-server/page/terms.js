// What the words of a result mean, for readers who see them for the first time.

const ALL = {
  score:
    "How similar the model finds the two texts: the cosine of the angle between their embeddings, at most 1, or their dot " +
    "product. Everything else on the page adds up to it.",
  pairs:
    "The sum of the whole matrix: what every word of A has with every word of B. Orange pairs raise the score, blue ones lower it.",
  "A · reference":
    "What text A has with the empty starting point of text B. It belongs to the score, and to no pair of words.",
  "reference · B":
    "What text B has with the empty starting point of text A. It belongs to the score, and to no pair of words.",
  references:
    "What the two empty starting points have with each other. It is the same for all texts of these lengths: a part of the score " +
    "that says nothing about the texts.",
  remainder:
    "The difference between the sum and the score: the error of the calculation, which is shown rather than spread over the pairs. " +
    "The ledger states how large it can be at most.",
};

const MORE = {
  attribution:
    "How much of the score a pair of words carries. All pairs, and what the ledger lists beside them, make up the score. Look here " +
    "for what the score consists of.",
  interaction:
    "What two words have with each other beyond what each has with everything: the attribution less the main effects. Look here " +
    "for which words belong together: a negative value only means less than those words have with others.",
  "main effect": "What a word has with all words of the other text alike. It has no partner, so it is a bar and not a cell.",
  "adds to the score":
    "All that a word has with the other text, its share of what the references have included. The colours of the texts show it.",
  exact: "The model was trained so that empty texts count as nothing: the pairs alone make up the score.",
  approximate:
    "The model is used as it is. The terms with references are often as large as the score, so the pairs tell which words stand " +
    "out, not how much of the score they make up. An exact model has no such terms.",
  reference: "The empty text against which words are measured: as long as the real one, of padding.",
  layer:
    "Where in the model the words are looked at. At layer 0 they are the words themselves; further up each has taken in its " +
    "neighbours, which is quicker to calculate.",
  path: "The method that looks inside the model: it follows the score from the reference to the text in small steps. What a word " +
    "carries is what it carries in this text, with all others present.",
  removal:
    "The method that looks at the model from outside: it leaves words out in many combinations and sees how the score moves " +
    "(Shapley values). Its numbers differ from those of the path: both sum to the score, and answer different questions.",
  token: "A word or a piece of a word, as the model reads it. Special tokens, such as [CLS], are added by the model.",
  highlight: "Words of a passage that add to its similarity to the query by what they share with it. Similar is not the same as right: a " +
    "passage that does not answer has highlights too.",
};

const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });

/// Puts a question mark beside each term of a ledger that opens to what it means.
export const explainLedger = (ledger) => {
  for (const term of ledger.querySelectorAll(".ws-term")) {
    const what = term.querySelector(".ws-what");
    const meaning = ALL[what.textContent];
    if (!meaning) continue;
    const more = element("details", "");
    more.className = "term";
    const summary = element("summary", "?");
    summary.setAttribute("aria-label", `What is “${what.textContent}”?`);
    more.append(summary, element("p", meaning));
    term.append(more);
  }
};

/// All words, as the terms of a list.
export const glossary = (list) => {
  for (const [name, meaning] of Object.entries({ ...ALL, ...MORE })) list.append(element("dt", name), element("dd", meaning));
};
