// Where a value stands on an axis, in pixels, and how wide a text is: arithmetic only, so that nothing here reads layout.

const FAR = 5000; // px: a value off the chart stays off it without overflowing the renderer

const bounded = (px) => (px > FAR ? FAR : px < -FAR ? -FAR : px);

// axis is a figure's x or y; from and to are the pixels of its two ends. The answer has
// at(value) -> px (NaN when there is no value), size (a band's bar width), step (a band's pitch), base (where bars grow from).
export function scale(axis, from, to) {
  const domain = axis?.domain ?? [0, 1];
  if (axis?.scale === "band") {
    const order = new Map(domain.map((name, index) => [name, index]));
    const step = (to - from) / Math.max(domain.length, 1);
    const at = (name) => (order.has(name) ? from + (order.get(name) + 0.5) * step : NaN);
    return { band: true, at, step: Math.abs(step), size: Math.min(Math.abs(step) * 0.66, axis.bar ?? 34), base: from, from, to };
  }
  const curve = axis?.scale === "log" ? (v) => (v > 0 ? Math.log(v) : -Infinity) : (v) => v;
  const low = curve(domain[0]);
  const span = curve(domain[1]) - low || 1;
  const at = (v) => (v === null || v === undefined ? NaN : bounded(from + ((curve(v) - low) / span) * (to - from)));
  const zero = axis?.scale === "log" ? domain[0] : Math.min(Math.max(0, domain[0]), domain[1]);
  return { band: false, at, step: 0, size: 0, base: at(zero), from, to };
}

// One decimal of a pixel: shorter strings, and fewer writes that change nothing.
export const px = (value) => Math.round(value * 10) / 10;

export const inside = (scaled, value) => value >= Math.min(scaled.from, scaled.to) - 0.5 && value <= Math.max(scaled.from, scaled.to) + 0.5;

const widths = new Map();
let pen = null;
let page = null; // the element whose --font the charts have

export const writeLike = (node) => (page = node);

// The width of a text in the chart's face: the sum of its characters, each measured once on a canvas. (To measure a new text on
// every move would make the browser settle the page's style each time.)
export function textWidth(text, size = 12) {
  let sum = 0;
  for (const character of text) {
    if (!widths.has(character)) widths.set(character, measured(character));
    sum += widths.get(character);
  }
  return sum * size;
}

function measured(character) {
  if (!pen) {
    pen = document.createElement("canvas").getContext("2d");
    pen.font = `100px ${getComputedStyle(page ?? document.documentElement).getPropertyValue("--font") || "sans-serif"}`;
  }
  return pen.measureText(character).width / 100;
}

// Breaks a text at spaces into lines no wider than `width`; a single longer word keeps its line.
export function wrap(text, width, size = 12) {
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
