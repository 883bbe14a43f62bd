// One explanation on a page: colours of the tokens, the heatmap, and the links between them. A row
// or column is its index; the references' row and column come after the last one. None is null.
(() => {
  "use strict";

{{values}}
{{live}}
{{texts}}
{{readout}}
{{strongest}}
{{heatmap}}
{{labels}}
{{strips}}
{{listen}}
{{pair}}
  for (const root of document.querySelectorAll(".whysim:not([data-ready])")) {
    root.dataset.ready = "";
    new Pair(root);
  }
})();
