// Light or dark: as the system, until the reader chooses. It runs before anything is drawn.
(() => {
  "use strict";

  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const KEPT = "whysim-theme";
  const kept = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  };
  const keep = (theme) => {
    try {
      localStorage.setItem(KEPT, theme);
    } catch {
      // A browser that keeps nothing still shows it.
    }
  };

  /// Pictures that are drawn follow the attribute.
  const show = () => {
    const theme = kept();
    root.dataset.theme = theme === "light" || theme === "dark" ? theme : system.matches ? "dark" : "light";
  };

  show();
  system.addEventListener("change", show);
  addEventListener("DOMContentLoaded", () => {
    document.querySelector(".theme").addEventListener("click", () => {
      const theme = root.dataset.theme === "dark" ? "light" : "dark";
      keep(theme);
      root.dataset.theme = theme;
    });
  });
})();
