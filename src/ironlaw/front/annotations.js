// Rules and bands: limits, predictions and reality on an axis. Their names stand in rows above the plot, never on each other.

import { attr, s } from "./dom.js";
import { TEXT, write } from "./axes.js";
import { inside, px, textWidth } from "./scale.js";

const colour = (name) => `c-${name ?? "muted"}`;
const isNote = (mark) => mark.type === "rule" || mark.type === "band";

export const rule = (parent) => {
  const stroke = parent.appendChild(s("path.rule"));
  const label = parent.appendChild(s("text.halo"));
  return (mark, box, tools) => {
    const scaled = mark.axis === "x" ? box.x : box.y;
    const at = scaled.at(mark.at);
    const seen = inside(scaled, at);
    attr(stroke, "class", `rule ${colour(mark.colour)}`);
    attr(label, "class", `halo note ${colour(mark.colour)}`);
    attr(stroke, "d", !seen ? "" : mark.axis === "x" ? `M${px(at)} ${tools.noteTop(mark)}V${box.bottom}` : `M${box.left} ${px(at)}H${box.right}`);
    name(label, seen ? mark : { ...mark, label: "" }, at, at, box, tools);
  };
};

export const band = (parent) => {
  const area = parent.appendChild(s("rect.band"));
  const edges = parent.appendChild(s("path.band-edge"));
  const label = parent.appendChild(s("text.halo"));
  return (mark, box, tools) => {
    const scaled = mark.axis === "x" ? box.x : box.y;
    const [low, high] = [Math.min(scaled.from, scaled.to), Math.max(scaled.from, scaled.to)];
    const [one, two] = [mark.from ?? mark.x0, mark.to ?? mark.x1].map((value, end) => (value === null || value === undefined ? [scaled.from, scaled.to][end] : scaled.at(value)));
    const from = Math.max(Math.min(one, two), low);
    const to = Math.max(Math.min(Math.max(one, two), high), from);
    for (const node of [area, edges]) attr(node, "class", `${node === area ? "band" : "band-edge"} ${colour(mark.colour)}`);
    attr(label, "class", `halo note ${colour(mark.colour)}`);
    const flat = mark.axis === "x";
    const top = flat ? tools.noteTop(mark) : from;
    attr(area, "x", px(flat ? from : box.left));
    attr(area, "y", px(top));
    attr(area, "width", px(flat ? to - from : box.right - box.left));
    attr(area, "height", px(flat ? box.bottom - top : to - from));
    attr(edges, "d", flat ? `M${px(from)} ${px(top)}V${box.bottom}M${px(to)} ${px(top)}V${box.bottom}` : `M${box.left} ${px(from)}H${box.right}M${box.left} ${px(to)}H${box.right}`);
    name(label, mark, from, to, box, tools);
  };
};

function name(label, mark, from, to, box, tools) {
  if (mark.axis === "x") {
    const { start, row } = tools.notes.get(mark.id) ?? { start: from, row: 0 };
    attr(label, "text-anchor", "start");
    write(label, mark.label ?? "", start, tools.noteBase + row * 16 + 11);
  } else {
    attr(label, "text-anchor", "end");
    const over = Math.min(from, to) - 5;
    write(label, mark.label ?? "", box.right - 4, over < box.top + 10 ? Math.max(from, to) + 14 : over);
  }
}

// Gives each named rule and band of the x axis a row of its own text above the plot: { rows, notes: id -> { start, row } }.
export function layNotes(spec, box) {
  const notes = new Map();
  const ends = [];
  for (const mark of spec.marks.filter((one) => isNote(one) && one.axis === "x" && one.label)) {
    const at = mark.type === "rule" ? box.x.at(mark.at) : box.x.at(mark.from ?? spec.x.domain[0]);
    if (mark.type === "rule" && !inside(box.x, at)) continue;
    const wide = textWidth(mark.label, TEXT) + 12;
    const start = Math.max(box.left, Math.min(Math.max(at, box.left) + 5, box.right + 14 - wide));
    let row = ends.findIndex((end) => end <= start);
    if (row < 0) row = ends.length;
    ends[row] = start + wide;
    notes.set(mark.id, { start, row });
  }
  return { rows: ends.length, notes };
}
