// Rules, bands and crossings: limits, predictions, break-evens and reality on an axis. Their names stand in rows above the plot, never on each other.

import { attr, pool, s } from "./dom.js";
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
    attr(stroke, "d", !seen ? "" : mark.axis === "x" ? `M${px(at)} ${tools.noteTop(mark.id)}V${box.bottom}` : `M${box.left} ${px(at)}H${box.right}`);
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
    const top = flat ? tools.noteTop(mark.id) : from;
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

// Where curves meet: a line down to the x axis, a dot on the curve, and its text above the plot; where they never do, that text alone.
export const crossing = (parent) => {
  const drops = parent.appendChild(s("path.drop"));
  const dots = pool(parent, () => ({ node: s("circle.point", { r: 5 }) }));
  const names = pool(parent, () => ({ node: s("text.halo", { "text-anchor": "start" }) }));
  return (mark, box, tools) => {
    const points = mark.points.map(([x, y]) => [box.x.at(x), box.y.at(y)]);
    attr(drops, "class", `drop ${colour(mark.colour)}`);
    attr(drops, "d", points.map(([x], index) => `M${px(x)} ${px(tools.noteTop(`${mark.id}/${index}`))}V${box.bottom}`).join(""));
    dots(points, ({ node }, [x, y]) => {
      attr(node, "class", `point ${colour(mark.colour)}`);
      attr(node, "transform", `translate(${px(x)} ${px(y)})`);
    });
    names(noteTexts(mark), ({ node }, text, index) => {
      const { start, row } = tools.notes.get(`${mark.id}/${index}`) ?? { start: box.left, row: 0 };
      attr(node, "class", `halo note ${colour(points.length ? mark.colour : "muted")}`);
      write(node, text, start, tools.noteBase + row * 16 + 11);
    });
  };
};

const noteTexts = (mark) => (mark.points.length ? mark.texts : mark.none ? [mark.none] : []);

// Gives each named rule, band and crossing of the x axis a row of its own text above the plot: { rows, notes: id -> { start, row } }.
export function layNotes(spec, box) {
  const notes = new Map();
  const ends = [];
  const put = (id, text, at) => {
    const wide = textWidth(text, TEXT) + 12;
    const last = Math.min(box.right + 14, box.width + 12) - wide; // from where the text still ends inside the figure
    const start = Math.max(0, Math.min(Math.max(at, box.left) + 5, last));
    let row = ends.findIndex((end) => end <= start);
    if (row < 0) row = ends.length;
    ends[row] = start + wide;
    notes.set(id, { start, row });
  };
  for (const mark of spec.marks) {
    if (mark.type === "crossing") noteTexts(mark).forEach((text, index) => put(`${mark.id}/${index}`, text, mark.points.length ? box.x.at(mark.points[index][0]) : box.left));
    if (!isNote(mark) || mark.axis !== "x" || !mark.label) continue;
    const at = mark.type === "rule" ? box.x.at(mark.at) : box.x.at(mark.from ?? spec.x.domain[0]);
    if (mark.type === "band" || inside(box.x, at)) put(mark.id, mark.label, at);
  }
  return { rows: ends.length, notes };
}
