// Cells: a map over two band axes. A cell's state is its sign first, then its hatching and its colour; the current one is framed.

import { attr, pool, s, say } from "./dom.js";
import { TEXT } from "./axes.js";
import { px, textWidth } from "./scale.js";

const GAP = 2; // px between cells

export function cells(parent) {
  const made = pool(parent, () => {
    const [rect, sign] = [s("rect"), s("text", { "text-anchor": "middle", y: 4 })];
    return { node: s("g", null, rect, sign), rect, sign };
  });
  const frame = parent.appendChild(s("rect.cell-frame"));
  return (mark, box, tools) => {
    const width = px(Math.max(box.x.step - GAP, 1));
    const height = px(Math.max(Math.min(box.y.step, box.above ? box.y.size : Infinity) - GAP, 1));
    const fits = height >= 12;
    let current = null;
    made(mark.cells, (part, cell) => {
      const at = `translate(${px(box.x.at(cell.x))} ${px(box.y.at(cell.y))})`;
      if (cell.emphasis) current = at;
      attr(part.node, "class", `cell c-${cell.colour ?? "data"}${cell.pattern ? " hatched" : ""}`);
      attr(part.node, "transform", at);
      attr(part.rect, "x", -width / 2);
      attr(part.rect, "y", -height / 2);
      attr(part.rect, "width", width);
      attr(part.rect, "height", height);
      attr(part.rect, "fill", cell.pattern ? tools.hatch(cell.colour) : null);
      attr(part.sign, "class", cell.pattern ? "halo" : null);
      say(part.sign, fits && textWidth(cell.sign ?? "", TEXT) <= width ? cell.sign : "");
    });
    attr(frame, "display", current ? null : "none");
    if (!current) return;
    if (parent.lastChild !== frame) parent.append(frame); // above cells that were made later
    attr(frame, "transform", current);
    attr(frame, "x", -width / 2);
    attr(frame, "y", -height / 2);
    attr(frame, "width", width);
    attr(frame, "height", height);
  };
}

export const cellReadings = (mark, box) => mark.cells.map((cell) => ({ x: box.x.at(cell.x), y: box.y.at(cell.y), text: cell.text }));
