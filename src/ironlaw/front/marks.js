// Marks that carry data: line, area, point, bar, span, text. Each entry of MARKS makes its nodes once inside `parent` and
// answers update(mark, box, tools), which patches them; `tools.fill(colour, pattern)` answers a paint.
//
// Beside it readings(mark, box) lists what the pointer and the keyboard can read: { x, y, text } in pixels.

import { attr, pool, s } from "./dom.js";
import { freest } from "./annotations.js";
import { TEXT, plates, put, write } from "./axes.js";
import { cellReadings } from "./marks-cells.js";
import { radarReadings } from "./marks-radar.js";
import { px, textWidth, wrap } from "./scale.js";

const NOTE = 15; // px, a row of a bar's note
const BOLD = 1.09; // how much wider than measured a text in bold is

const colour = (name) => `c-${name ?? "data"}`;

function path(points, box) {
  let d = "";
  let pen = "M";
  for (const [x, y] of points) {
    const [left, top] = [box.x.at(x), box.y.at(y)];
    if (Number.isNaN(left) || Number.isNaN(top)) pen = "M"; // a gap in the data is a gap in the line
    else {
      d += `${pen}${px(left)} ${px(top)}`;
      pen = "L";
    }
  }
  return d;
}

function line(parent) {
  const stroke = parent.appendChild(s("path.line"));
  return (mark, box) => {
    attr(stroke, "class", `line ${colour(mark.colour)}${mark.dash ? " dash" : ""}`);
    attr(stroke, "d", path(mark.points ?? [], box));
  };
}

function area(parent) {
  const fill = parent.appendChild(s("path.area"));
  const stroke = line(parent);
  return (mark, box) => {
    const known = (mark.points ?? []).filter(([, y]) => y !== null);
    const d = path(known, box);
    attr(fill, "class", `area ${colour(mark.colour)}`);
    attr(fill, "d", d && `${d}L${px(box.x.at(known.at(-1)[0]))} ${px(box.y.base)}L${px(box.x.at(known[0][0]))} ${px(box.y.base)}Z`);
    stroke(mark, box);
  };
}

function point(parent, words) {
  const dots = pool(parent, () => ({ node: s("circle.point", { r: 5 }) }));
  const names = pool(words, () => ({ node: s("text.halo.strong", { "text-anchor": "end" }) }));
  return (mark, box, tools) => {
    const placed = (mark.points ?? []).map(([x, y]) => [box.x.at(x), box.y.at(y)]).filter(([x, y]) => x === x && y === y);
    dots(placed, ({ node }, [x, y]) => {
      attr(node, "class", `point ${colour(mark.colour)}${mark.dash ? " hollow" : ""}`);
      attr(node, "transform", `translate(${px(x)} ${px(y)})`);
    });
    // A lone point is "you are here": its name stands beside it, where it has room and no line crosses it.
    const lone = placed.length === 1 && mark.label ? placed : [];
    names(lone, ({ node }, [x, y]) => {
      const wide = textWidth(mark.label, TEXT) * BOLD;
      const sides = [x - 10, x + 10 + wide].filter((end) => end - wide >= 0 && end <= box.width);
      if (x <= (box.left + box.right) / 2) sides.reverse();
      if (!sides.length) sides.push(Math.min(Math.max(x + wide / 2, box.left + wide), box.width)); // no side has room: over or under it
      const rows = [Math.max(y - 8, box.top + 10), y + 18].filter((row, index) => !index || row <= box.bottom - 2);
      const spot = freest(rows.flatMap((row) => sides.map((end) => ({ x: end, y: row }))), wide, tools.taken);
      write(node, mark.label, spot.x, spot.y);
    });
  };
}

// The band is the category; the other coordinate is the value, whichever way the bars run.
function barBox(bar, mark, box) {
  const across = mark.orient === "h";
  const band = across ? box.y : box.x;
  const along = across ? box.x : box.y;
  const [name, value] = Number.isNaN(band.at(bar.x)) ? [bar.y, bar.x] : [bar.x, bar.y];
  const start = bar.y0 ?? bar.x0;
  const lifted = bar.note && across && !box.above ? NOTE / 2 : 0; // bar and note stand in the row's middle together
  const [middle, end, foot] = [band.at(name) - lifted, along.at(value), start === null || start === undefined ? along.base : along.at(start)];
  if (Number.isNaN(middle) || Number.isNaN(end)) return null;
  const length = Math.abs(end - foot);
  const [near, size] = [Math.min(end, foot), length > 0.05 || start === null || start === undefined ? Math.max(length, 0.5) : 0]; // a part of nothing is not drawn
  const half = band.size / 2;
  return across
    ? { x: near, y: middle - half, w: size, h: band.size, tip: end, middle, across, back: end < foot }
    : { x: middle - half, y: near, w: band.size, h: size, tip: end, middle, across };
}

function drawBar(rect, bar, at, tools, fade) {
  attr(rect, "class", `bar ${colour(bar.colour)}${fade && !bar.emphasis ? " faint" : ""}`);
  attr(rect, "display", at.w && at.h ? null : "none");
  attr(rect, "x", px(at.x));
  attr(rect, "y", px(at.y));
  attr(rect, "width", px(Math.max(at.w, 0)));
  attr(rect, "height", px(Math.max(at.h, 0)));
  attr(rect, "fill", bar.pattern ? tools.hatch(bar.colour) : null);
}

const rects = (parent) => pool(parent, () => ({ node: s("rect") }));
const inked = (inner, strong) => `${inner ? "in" : "out"}${strong ? " strong" : ""}`;

function bar(parent, words) {
  const [bars, texts] = [rects(parent), plates(words)];
  const notes = plates(words);
  return (mark, box, tools) => {
    const fade = mark.bars.some((one) => one.emphasis);
    const drawn = mark.bars.map((one) => ({ bar: one, at: barBox(one, mark, box) })).filter((one) => one.at);
    bars(drawn, ({ node }, { bar: one, at }) => drawBar(node, one, at, tools, fade));
    texts(drawn, (label, { bar: one, at }) => barText(label, one, at, box, !one.pattern && !(fade && !one.emphasis)));
    notes(drawn.flatMap(({ bar: one, at }) => noteLines(one.note, at, box)), (label, { text, y }) => put(label, text, "side", "start", box.above ? 0 : box.left, y, textWidth(text, TEXT) + 6));
  };
}

// A second line below a bar, broken where it is too long for the figure, as far as the row has room.
function noteLines(note, at, box) {
  if (!note || !at.across) return [];
  const first = at.middle + at.h / 2 + NOTE - 2;
  const room = Math.max(1, Math.floor((box.y.step - at.h) / NOTE - (box.above ? 1 : 0)));
  return wrap(note, box.width - (box.above ? 0 : box.left), TEXT).slice(0, room).map((text, line) => ({ text, y: first + line * NOTE }));
}

// The value stands past the tip; inside it, or before the bar, where the chart ends; nowhere when the bars are too thin for it.
function barText(label, one, at, box, solid) {
  const text = one.label ?? one.text ?? "";
  const wide = textWidth(text, TEXT) * (one.emphasis ? BOLD : 1) + 6;
  if (at.across) {
    const full = at.back ? at.tip - wide < box.left : at.tip + wide > box.width;
    const inner = full && at.w > wide + 6;
    const turned = full && !inner && (at.back ? at.x + at.w + wide < box.width : at.x - wide > box.left);
    const edge = full && !inner && !turned; // no room anywhere: it ends where the figure ends, over the bar
    const from = edge ? (at.back ? box.left : box.width + 4) : turned ? (at.back ? at.x + at.w : at.x) : at.tip;
    const leftwards = at.back !== (inner || turned || edge);
    put(label, text, inked(inner && solid, one.emphasis), leftwards ? "end" : "start", from + (leftwards ? -6 : 6), at.middle + 4, wide);
  } else put(label, wide > box.x.step ? "" : text, inked(false, one.emphasis), "middle", at.middle, Math.max(at.y - 6, box.top + 10), wide);
}

function span(parent, words) {
  const [bars, texts] = [rects(parent), plates(words)];
  return (mark, box, tools) => {
    const drawn = mark.bars.map((one) => ({ bar: one, at: spanBox(one, box) })).filter((one) => one.at);
    bars(drawn, ({ node }, { bar: one, at }) => drawBar(node, one, at, tools, false));
    texts(drawn, (label, { bar: one, at }) => spanText(label, one, at, drawn, box));
  };
}

function spanBox(one, box) {
  const [from, to, middle] = [box.x.at(one.x0), box.x.at(one.x1), box.y.at(one.y)];
  if (Number.isNaN(from + to + middle)) return null;
  const height = box.y.size;
  return { x: Math.min(from, to), y: middle - height / 2, w: Math.abs(to - from), h: height, middle };
}

// Inside its bar when it fits, past the end when nothing stands there, else left to the read-out and the table.
function spanText(label, one, at, drawn, box) {
  const text = one.text ?? "";
  const wide = textWidth(text, TEXT) + 12;
  const end = at.x + at.w;
  const next = Math.min(box.right + 12, ...drawn.filter(({ at: other }) => other.middle === at.middle && other.x >= end - 0.5 && other !== at).map(({ at: other }) => other.x));
  const inner = at.w >= wide;
  put(label, inner || end + wide <= next ? text : "", inked(inner && !one.pattern, false), "start", inner ? at.x + 6 : end + 6, at.middle + 4, wide - 6);
}

function text(parent) {
  const label = parent.appendChild(s("text.halo", { "text-anchor": "middle" }));
  return (mark, box) => write(label, mark.text, box.x.at(mark.x), box.y.at(mark.y));
}

export const MARKS = { line, area, point, bar, span, text };

export function readings(mark, box) {
  if (mark.type === "radar") return radarReadings(mark, box);
  if (mark.type === "cells") return cellReadings(mark, box);
  if (mark.points) {
    const name = mark.label ? `${mark.label}: ` : "";
    return mark.points
      .map(([x, y], index) => ({ x: box.x.at(x), y: box.y.at(y), text: mark.texts?.[index] ?? `${name}${x}, ${y}` }))
      .filter((one) => one.x === one.x && one.y === one.y);
  }
  const boxes = (mark.bars ?? []).map((one) => ({ one, at: mark.type === "span" ? spanBox(one, box) : barBox(one, mark, box) }));
  return boxes
    .filter(({ at }) => at)
    .map(({ one, at }) => ({
      x: at.across === false ? at.middle : at.tip ?? at.x + at.w / 2,
      y: at.across === false ? at.tip : at.middle,
      text: [typeof one.y === "string" ? one.y : one.x, one.text].filter((word) => typeof word === "string" && word).join(": "),
    }));
}
