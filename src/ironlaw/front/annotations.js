// Rules, bands and crossings: limits, predictions, break-evens and reality on an axis. Their names stand in rows above the plot, never on each other.

import { attr, pool, s } from "./dom.js";
import { TEXT, plated, plates, put } from "./axes.js";
import { inside, px, textWidth } from "./scale.js";

const colour = (name) => `c-${name ?? "muted"}`;
const BOLD = 1.07; // how much wider than measured a note is
const NOTE_ROW = 16; // px
const noteLine = (box, row) => box.top - 9 - row * NOTE_ROW;
export const noteTop = (box, { row, across }) => box.top - 2 - (across ? row : row + 1) * NOTE_ROW; // a line ends below a name that stands across it
const isNote = (mark) => mark.type === "rule" || mark.type === "band";

export const rule = (parent, words) => {
  const stroke = parent.appendChild(s("path.rule"));
  const label = plated();
  words.append(label.node);
  return (mark, box, tools) => {
    const scaled = mark.axis === "x" ? box.x : box.y;
    const at = scaled.at(mark.at);
    const seen = inside(scaled, at);
    attr(stroke, "class", `rule ${colour(mark.colour)}`);
    attr(stroke, "d", !seen ? "" : mark.axis === "x" ? `M${px(at)} ${tools.noteTop(mark.id)}V${box.bottom}` : `M${box.left} ${px(at)}H${box.right}`);
    name(label, seen ? mark : { ...mark, label: "" }, at, at, box, tools);
  };
};

export const band = (parent, words) => {
  const area = parent.appendChild(s("rect.band"));
  const edges = parent.appendChild(s("path.band-edge"));
  const label = plated();
  words.append(label.node);
  return (mark, box, tools) => {
    const scaled = mark.axis === "x" ? box.x : box.y;
    const [low, high] = [Math.min(scaled.from, scaled.to), Math.max(scaled.from, scaled.to)];
    const [one, two] = [mark.from ?? mark.x0, mark.to ?? mark.x1].map((value, end) => (value === null || value === undefined ? [scaled.from, scaled.to][end] : scaled.at(value)));
    const from = Math.max(Math.min(one, two), low);
    const to = Math.max(Math.min(Math.max(one, two), high), from);
    for (const node of [area, edges]) attr(node, "class", `${node === area ? "band" : "band-edge"} ${colour(mark.colour)}`);
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
  const text = mark.label ?? "";
  const wide = textWidth(text, TEXT) * BOLD;
  const write = (anchor, x, y) => put(label, text, `note ${colour(mark.colour)}`, anchor, x, y, wide + 6);
  if (mark.axis === "x") {
    const { start, row } = tools.notes.get(mark.id) ?? { start: from, row: 0 };
    return write("start", start, noteLine(box, row));
  }
  const rows = [Math.min(from, to) - 5, Math.max(from, to) + 14].filter((y, under) => (under ? y < box.bottom : y > box.top + 9));
  const room = Math.max(box.right - box.left - wide - 8, 0);
  const spots = (rows.length ? rows : [box.bottom - 5]).flatMap((y) => [0, 1, 2, 3, 4].map((part) => ({ x: box.right - 4 - (room * part) / 4, y })));
  const { x, y } = text ? freest(spots, wide, tools.taken) : spots[0];
  write("end", x, y);
}

// What a name in the plot should not lie on, as segments [x, y, x, y] in pixels from left to right: curves, dots, other lines.
export function obstacles({ marks }, box) {
  const upright = (x) => [x - 0.5, box.top, x + 0.5, box.bottom];
  return marks.flatMap((mark) => {
    const spots = (mark.points ?? []).map(([x, y]) => [box.x.at(x), box.y.at(y)]);
    if (mark.type === "line" || mark.type === "area") return spots.slice(1).map((spot, index) => [...spots[index], ...spot]);
    const dots = spots.map(([x, y]) => [x - 5, y - 5, x + 5, y + 5]);
    if (mark.type === "crossing") return [...dots, ...spots.map(([x]) => upright(x))];
    if (mark.type !== "rule") return dots;
    const at = box[mark.axis].at(mark.at);
    return [mark.axis === "x" ? upright(at) : [box.left, at, box.right, at]];
  });
}

// The first place for a name's end on which nothing lies, else the one with the least; it is taken from then on.
export function freest(spots, wide, taken) {
  const hits = spots.map(({ x, y }) => taken.filter((one) => meets(one, x - wide, x, y)).length);
  const best = spots[hits.indexOf(Math.min(...hits))];
  for (const y of [best.y - 9, best.y + 2]) taken.push([best.x - wide, y, best.x, y]);
  return best;
}

function meets([x1, y1, x2, y2], left, right, line) {
  const [one, two] = [Math.max(x1, left), Math.min(x2, right)].map((x) => y1 + ((y2 - y1) * (x - x1)) / (x2 - x1));
  return x1 <= right && x2 >= left && Math.max(one, two) > line - 11 && Math.min(one, two) < line + 4;
}

// Where curves meet: a line down to the x axis, a dot on the curve, and its text above the plot; where they never do, that text alone.
export const crossing = (parent, words) => {
  const drops = parent.appendChild(s("path.drop"));
  const dots = pool(parent, () => ({ node: s("circle.point", { r: 5 }) }));
  const names = plates(words);
  return (mark, box, tools) => {
    const points = mark.points.map(([x, y]) => [box.x.at(x), box.y.at(y)]);
    attr(drops, "class", `drop ${colour(mark.colour)}`);
    attr(drops, "d", points.map(([x], index) => `M${px(x)} ${px(tools.noteTop(`${mark.id}/${index}`))}V${box.bottom}`).join(""));
    dots(points, ({ node }, [x, y]) => {
      attr(node, "class", `point ${colour(mark.colour)}`);
      attr(node, "transform", `translate(${px(x)} ${px(y)})`);
    });
    const told = [...(points.length ? points : [null]).keys()].map((index) => tools.notes.get(`${mark.id}/${index}`)).filter(Boolean);
    const look = `note ${colour(points.length ? mark.colour : "muted")}`;
    names(told, (label, { text, start, row }) => put(label, text, look, "start", start, noteLine(box, row), textWidth(text, TEXT) * BOLD + 6));
  };
};

// Gives each named rule, band and crossing of the x axis a row of its own text above the plot: { rows, notes: id -> { text, start,
// row } }, row 0 next to the plot. From right to left, so that a line to a higher row passes the texts below it on their left.
export function layNotes(spec, box) {
  const wanted = [];
  for (const mark of spec.marks) {
    if (mark.type === "crossing") wanted.push(...crossingNotes(mark, box));
    if (!isNote(mark) || mark.axis !== "x" || !mark.label) continue;
    const at = mark.type === "rule" ? box.x.at(mark.at) : box.x.at(mark.from ?? spec.x.domain[0]);
    if (mark.type === "band" || inside(box.x, at)) wanted.push({ id: mark.id, text: mark.label, at });
  }
  const rows = [];
  const notes = new Map();
  for (const { id, text, at } of wanted.sort((a, b) => b.at - a.at)) {
    const wide = textWidth(text, TEXT) * BOLD + 10;
    const last = Math.min(box.right + 14, box.width + 10) - wide; // from where the text still ends inside the figure
    const start = Math.max(0, Math.min(Math.max(at, box.left) + 5, last));
    const free = (row) => row.every((other) => start + wide <= other.start || other.end <= start);
    let row = rows.findIndex(free);
    if (row < 0) row = rows.push([]) - 1;
    rows[row].push({ start, end: start + wide });
    notes.set(id, { text, start, row, across: start < at });
  }
  return { rows: rows.length, notes };
}

// A text that is wider than the figure gives way to its short form.
function crossingNotes(mark, box) {
  if (!mark.points.length) return mark.none ? [{ id: `${mark.id}/0`, text: mark.none, at: box.left }] : [];
  const fits = (text) => textWidth(text, TEXT) * BOLD < box.width;
  return mark.points.map(([x], index) => ({ id: `${mark.id}/${index}`, text: fits(mark.texts[index]) ? mark.texts[index] : mark.short?.[index] ?? mark.texts[index], at: box.x.at(x) }));
}
