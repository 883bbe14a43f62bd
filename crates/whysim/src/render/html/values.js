  // Numbers, colours and elements.
  const hex = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
  const mix = (x, y, t) => x.map((c, k) => Math.round(c + t * (y[k] - c)));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const inkOn = (rgb) => (luminance(rgb) > 0.179 ? "#000" : "#fff");
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const minus = (text) => text.replaceAll("-", "−");
  const short = (value) => minus(value !== 0 && Math.abs(value) < 5e-4 ? value.toExponential(1) : value.toFixed(4));
  // The number in a cell of a matrix, as other pictures write it: `.086`; none for what rounds to
  // zero. What is beyond the scale loses decimals, and then has an exponent.
  const cellFigure = ({ limit, decimals, room }, value) => {
    const fixed = (n) => value.toFixed(n).replace(/^(-?)0\./, "$1.");
    const power = () => value.toExponential(0).replace("+", "");
    if (decimals === null && Math.abs(value) < limit / 20) return "";
    const forms = decimals === null ? [] : Array.from({ length: decimals + 1 }, (_, n) => fixed(decimals - n));
    if (forms.length && !/[1-9]/.test(forms[0])) return "";
    return minus([...forms, power()].find((form) => form.length <= room) ?? "…");
  };
  const signed = (value) => (value > 0 ? "+" : "") + short(value);
  const clamp = (value, least, most) => Math.max(least, Math.min(value, most));
  const other = (side) => (side === "a" ? "b" : "a");
  const element = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });

  /// Text in which names keep their own direction: an Arabic name must not turn the numbers beside
  /// it around.
  const withNames = (parts) => parts.map((part) => (part.name === undefined ? part : element("bdi", "", part.name)));

  // Notebooks have themes of their own: what counts is the ground on which the element stands.
  const groundIsDark = (root) => {
    for (let at = root.parentElement; at; at = at.parentElement) {
      const [r, g, b, a = 1] = (getComputedStyle(at).backgroundColor.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
      if (a > 0.5) return luminance([r, g, b]) < 0.18;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches;
  };
