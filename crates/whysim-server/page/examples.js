// Texts to begin with. Some have scores that surprise, and the page shows where they come from.

const RIVER = `The city drew up a plan to make its river safe for swimming again. Rain used to wash sewage into the water \
several times a year, because drains and sewers shared the same old pipes. Engineers built a tank as large as twenty swimming \
pools below the railway station, where the water of a storm can wait. Since then the river has been clean enough on nine days \
out of ten. Fish that had not been seen for a century have come back, and so have people with towels. Not everyone is pleased: \
the owners of barges say that swimmers do not look where they are going. The mayor has promised buoys, and a lifeguard at every \
jetty. If the money lasts, two more tanks will follow within five years.`;

const BATHS = `Bathing in the river was forbidden for almost a hundred years. On wet days the sewers overflowed, and what came \
out of them made people ill. That changed when the council paid for a huge underground basin that holds back storm water until \
the treatment plant can take it. Tests now find the water good on most days of the summer. Anglers report species that their \
grandparents knew only from stories. Boat owners complain about swimmers in the shipping lane, and want them kept to the banks. \
The council answers that it will mark the lane and pay guards. Two further basins are planned, though nobody has said where \
the money will come from.`;

export const EXAMPLES = [
  {
    mode: "pair",
    name: "Other words",
    note: "The same thing said in other words: which of them match?",
    a: "The coffee is bad.",
    b: "This is not a good coffee.",
  },
  {
    mode: "pair",
    name: "Negation",
    note: "The opposite is said, and the score is high: see how little “not” takes away.",
    a: "The treatment worked for most patients.",
    b: "The treatment did not work for most patients.",
  },
  {
    mode: "pair",
    name: "A number",
    note: "Ten times the dose, and almost the same score: see what the numbers add.",
    a: "Take 5 mg of the medicine twice a day.",
    b: "Take 50 mg of the medicine twice a day.",
  },
  {
    mode: "pair",
    name: "Who did it",
    note: "The same words in other places: the order hardly counts.",
    a: "The dog bit the postman.",
    b: "The postman bit the dog.",
  },
  {
    mode: "pair",
    name: "One word, two meanings",
    note: "“Bank” is in both: how much does it add where it means something else?",
    a: "We sat on the bank of the river.",
    b: "The bank has raised its interest rates.",
  },
  {
    mode: "pair",
    name: "Long texts",
    note: "By sentences first: point at two that meet, click, and look inside.",
    a: RIVER,
    b: BATHS,
  },
  {
    mode: "passages",
    name: "Which passage answers?",
    note: "What in each passage is most similar to the query is marked.",
    query: "How long does cooked rice keep in the fridge?",
    passages: [
      "Rice should be rinsed before cooking. Once it is cooked, let it cool within an hour, put it into a closed box, and eat it within three days if the box stays in the refrigerator.",
      "The fridge was invented at the end of the nineteenth century. Before that, people kept food in cellars, on ice that was cut from lakes in winter.",
      "Risotto is made with a short grain that gives off starch. Stir it often, and serve it at once: it does not wait.",
    ].join("\n\n"),
  },
  {
    mode: "passages",
    name: "No answer",
    note: "All of it is about the question, and none of it is the answer.",
    query: "Who pays when a parcel is lost?",
    passages: [
      "Parcels are handed over between eight and six. If nobody opens, the driver leaves a card and tries again on the next day.",
      "A parcel may weigh up to thirty kilograms. Larger ones go by freight, which takes two days more.",
      "Whoever sends a parcel abroad fills in a form for customs, which says what is in it and what it is worth.",
    ].join("\n\n"),
  },
];
