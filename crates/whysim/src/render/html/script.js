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
{{block}}
{{listen}}
{{pair}}
  /// Draws the explanations in a place that are not drawn yet.
  const draw = (place) =>
    [...place.querySelectorAll(".whysim:not([data-ready])")].map((root) => {
      root.dataset.ready = "";
      return new Pair(root);
    });
  {{start}}
})();
