// Axes: hairline grid, tick texts, axis names. Also the frame: how much room the texts around the plot need.

import { attr, pool, s, say } from "./dom.js";
import { px, scale, textWidth, wrap } from "./scale.js";

export const TEXT = 12; // px, the size of every text in a chart
const ROW = 16; // px, one row of text
const SHORT = 34; // px: a name of a column that may be left out where there is no room for each
const BOLD = 1.09; // how much wider than measured a name in bold is
const NAMES = 0.36; // share of the width that names of rows may take; longer ones stand above their bars

// Answers { left, right, top, bottom, x, y, above, tilt }: the plot's edges in pixels and its two scales. `rows` is the number of
// label rows that rules and bands need above the plot. `room` remembers the widest left edge, so the plot does not jitter.
export const titled = (axis, width) => (axis?.label ? wrap(axis.label, width / BOLD, TEXT) : []);

export function frame(spec, width, height, rows, room) {
  const { x, y } = spec;
  const above = namedAbove(spec, width);
  const yTexts = !y || above ? [] : y.scale === "band" ? y.domain : (y.ticks ?? []).map((tick) => tick.text);
  const widest = Math.max(0, ...yTexts.map((text) => textWidth(text, TEXT)));
  const overhang = (index) => (x?.scale === "band" ? 2 : textWidth(x?.ticks?.at(index)?.text ?? "", TEXT) / 2 + 2);
  room.left = Math.max(room.left ?? 0, widest ? Math.ceil((widest + 10) / 8) * 8 : 2, overhang(0));
  const left = Math.min(room.left, width * 0.45);
  const right = width - overhang(-1);
  const pitch = x?.scale === "band" ? (right - left) / Math.max(x.domain.length, 1) : 0;
  const lines = pitch ? x.domain.map((name) => wrap(name, pitch - 6, TEXT)) : [];
  const long = lines.flat().reduce((most, line) => Math.max(most, textWidth(line, TEXT)), 0);
  const skip = pitch && long > pitch - 2 && long < SHORT ? Math.ceil((long + 4) / pitch) : 1; // short names are left out, long ones slanted
  const tilt = skip === 1 && long > pitch - 2 && pitch > 0;
  const deepest = tilt ? Math.max(...x.domain.map((name) => textWidth(name, TEXT))) * 0.64 + 10 : Math.max(1, ...lines.map((one) => one.length)) * ROW;
  const titles = { x: titled(x, width), y: titled(y, width) };
  const top = (titles.y.length ? titles.y.length * ROW + 6 : above ? 0 : 4) + (above ? ROW - 2 : 0) + (rows ? rows * ROW + 4 : 0);
  const bottom = height - (x ? deepest + 8 : 2) - (titles.x.length ? titles.x.length * ROW + 2 : 0);
  const vertical = y?.scale === "band" ? scale(y, top, bottom) : scale(y, bottom, top);
  if (above) vertical.size = Math.min(vertical.size, vertical.step * 0.46); // a name is nearer to its own bar than to the one above
  return { left, right, top, bottom, width, height, above, tilt, skip, lines, titles, x: scale(x, left, right), y: vertical };
}

// Whether the names of a band y axis stand above their bars.
export function namedAbove({ y }, width) {
  return y?.scale === "band" && Math.max(...y.domain.map((name) => textWidth(name, TEXT))) + 10 > width * NAMES;
}

export function axes(parent, over) {
  const grid = parent.appendChild(s("g.grid"));
  const words = parent.appendChild(s("g.ticks"));
  const base = grid.appendChild(s("path.baseline"));
  const lineOf = (group) => pool(group, () => ({ node: s("path") }));
  const textOf = (anchor) => pool(words, () => ({ node: s("text", { "text-anchor": anchor }) }));
  const [yLines, xLines] = [lineOf(grid), lineOf(grid)];
  const [yTexts, xTexts, slanted] = [textOf("end"), textOf("middle"), textOf("end")];
  const rowTexts = plates(over.appendChild(s("g.ticks")));
  const names = pool(words, () => ({ node: s("text.axis-name") }));

  return function update(spec, box) {
    const { x, y } = spec;
    const yTicks = placed(y, box.y);
    const xTicks = thinned(placed(x, box.x), x?.scale === "band");
    const ruled = y?.scale === "band" ? [] : yTicks;
    yLines(ruled, ({ node }, tick) => attr(node, "d", `M${box.left} ${px(tick.at)}H${box.right}`));
    xLines(x?.scale === "band" ? [] : xTicks, ({ node }, tick) => attr(node, "d", `M${px(tick.at)} ${box.bottom}v5`));
    const zero = y?.scale === "band" && x?.scale === "linear" && x.domain[0] < 0 && x.domain[1] > 0 ? `M${px(box.x.base)} ${box.top}V${box.bottom}` : "";
    attr(base, "d", `M${box.left} ${box.bottom}H${box.right}${zero}`);
    yTexts(box.above ? [] : yTicks, ({ node }, tick) => write(node, tick.text, box.left - 8, tick.at + 4));
    rowTexts(box.above ? yTicks : [], (name, { text, at }) => put(name, text, "out", "start", box.left, at - box.y.size / 2 - 5, textWidth(text, TEXT) + 6));
    const slant = box.tilt ? x.domain.map((text) => ({ text, at: box.x.at(text) })) : [];
    const flat = x?.scale === "band" ? (box.tilt ? [] : broken(x.domain, box)) : xTicks.map((tick) => ({ ...tick, line: 0 }));
    xTexts(flat, ({ node }, tick) => write(node, tick.text, tick.at, box.bottom + ROW + 2 + tick.line * ROW));
    slanted(slant, ({ node }, tick) => {
      say(node, tick.text);
      attr(node, "transform", `translate(${px(tick.at + 5)} ${px(box.bottom + 14)})rotate(-40)`);
    });
    names(named(box), ({ node }, name) => {
      attr(node, "text-anchor", name.anchor);
      write(node, name.text, name.x, name.y);
    });
  };
}

// Text moves by transform: changing x and y would lay out its glyphs again.
export function write(node, text, x, y) {
  say(node, text);
  attr(node, "transform", `translate(${px(x)} ${px(y)})`);
}

// A text beside a bar or a line has a plate: neither a hatching nor the line of a limit shows between its letters.
export function plated() {
  const [plate, text] = [s("rect.plate", { y: -11, height: 15 }), s("text")];
  return { node: s("g", null, plate, text), plate, text };
}

export const plates = (parent) => pool(parent, plated);

// look: the classes of the text, "in …" where a solid bar is its ground; wide: px, three on each side included.
export function put({ node, plate, text }, said, look, anchor, x, y, wide) {
  attr(text, "class", look);
  attr(text, "text-anchor", anchor);
  say(text, said);
  attr(plate, "width", said && !look.startsWith("in") ? px(wide) : 0);
  attr(plate, "x", px({ start: -3, middle: -wide / 2, end: 3 - wide }[anchor]));
  attr(node, "transform", `translate(${px(x)} ${px(y)})`);
}

function placed(axis, scaled) {
  if (!axis) return [];
  if (axis.scale === "band") return axis.domain.map((text) => ({ text, at: scaled.at(text) }));
  return (axis.ticks ?? []).map((tick) => ({ text: tick.text, at: scaled.at(tick.v) })).filter((tick) => !Number.isNaN(tick.at));
}

// Leaves out tick texts that would touch the one before.
function thinned(ticks, band) {
  if (band) return ticks;
  let edge = -Infinity;
  return ticks.filter((tick) => {
    const half = textWidth(tick.text, TEXT) / 2;
    if (tick.at - half < edge + 8) return false;
    edge = tick.at + half;
    return true;
  });
}

const broken = (domain, box) =>
  domain.flatMap((name, index) => (index % box.skip ? [] : box.lines[index]).map((text, line) => ({ text, line, at: box.x.at(name) })));

// The name of x ends where the plot ends, or where the figure does if it is too long for that.
function named({ titles: { x, y }, right, width, height }) {
  const end = Math.max(...x.map((text) => textWidth(text, TEXT) * BOLD)) > right ? width : right;
  return [
    ...x.map((text, line) => ({ text, anchor: "end", x: end, y: height - 4 - (x.length - 1 - line) * ROW })),
    ...y.map((text, line) => ({ text, anchor: "start", x: 0, y: 12 + line * ROW })),
  ];
}
