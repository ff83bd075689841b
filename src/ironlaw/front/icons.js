// State marks. Each state has its own shape, so that colour never carries a meaning alone.

import { attr, s } from "./dom.js";

const SHAPES = {
  ok: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13ZM4.8 8.2l2.3 2.3l4.2-4.7",
  caution: "M8 2L15 14H1ZM8 6.2v3.6M8 11.5v1",
  violated: "M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5ZM5.4 5.4l5.2 5.2M10.6 5.4L5.4 10.6",
  lock: "M3.5 7.5h9v6.5h-9ZM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  done: "M2.5 8.5l3.5 3.5l7.5-8",
  todo: "M2.5 2.5h11v11h-11Z",
  info: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13ZM8 7.2v4.3M8 4.3v1",
  none: "",
};

// A decorative 16 px mark; the words beside it carry the meaning for a screen reader.
export function icon(state) {
  const node = s("svg.icon", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", focusable: "false" }, s("path"));
  setIcon(node, state);
  return node;
}

export function setIcon(node, state) {
  attr(node, "class", `icon icon-${state}`);
  attr(node.firstChild, "d", SHAPES[state] ?? "");
}
