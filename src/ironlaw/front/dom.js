// Small helpers to make and patch DOM nodes.
//
// Decision: no framework. A node is made once with `h`/`s` and patched with `attr`, `say` and `setHtml`; each remembers what it
// wrote last, so an update that changes nothing writes nothing, and nothing here ever reads layout.

const SVG = "http://www.w3.org/2000/svg";
const written = Symbol("last written");

// h("p.note", { id: "x", on: { click: f } }, "text", node, [more]) makes an HTML element.
export function h(tag, props, ...children) {
  return build(document.createElement(tag.split(".")[0]), tag, props, children);
}

// The same for SVG.
export function s(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag.split(".")[0]), tag, props, children);
}

function build(node, tag, props, children) {
  const classes = tag.split(".").slice(1).join(" ");
  if (classes) node.setAttribute("class", classes);
  for (const [name, value] of Object.entries(props || {})) {
    if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function changed(node, key, value) {
  const last = (node[written] ??= {});
  if (last[key] === value) return false;
  last[key] = value;
  return true;
}

// Sets an attribute if it differs from what was set last; null removes it.
export function attr(node, name, value) {
  if (!changed(node, name, value)) return;
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

// Sets the text of an element that holds one text node.
export function say(node, text) {
  const value = text ?? "";
  if (!changed(node, "#text", value)) return;
  if (node.firstChild) node.firstChild.data = value;
  else node.append(value);
}

// Sets markup that the server made (Markdown with raw HTML disabled, or MathML).
export function setHtml(node, markup) {
  const value = markup ?? "";
  if (!changed(node, "#html", value)) return;
  node.innerHTML = value;
  for (const math of node.querySelectorAll("math[display=block]")) scroller(math.parentNode === node ? node : math.parentNode, "Equation");
}

export const show = (node, visible) => attr(node, "hidden", !visible);

let counter = 0;
export const uid = (prefix) => `${prefix}-${++counter}`;

// An element that may scroll sideways gets keyboard focus only while it really does.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth + 1;
    attr(target, "tabindex", scrolls ? "0" : null);
    attr(target, "role", scrolls ? "group" : null);
    attr(target, "aria-label", scrolls ? target.dataset.label : null);
  }
});
export function scroller(node, label) {
  node.classList.add("scroller");
  node.dataset.label = label;
  sizes.observe(node);
  return node;
}

// Takes the reader to a node.
export const scrollToNode = (node) => node.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });

// A growing set of like nodes: items beyond the nodes make new ones, nodes beyond the items are hidden, never removed.
export function pool(parent, make) {
  const made = [];
  return (items, patch) => {
    for (let i = 0; i < items.length; i++) {
      if (!made[i]) parent.append((made[i] = make()).node);
      conceal(made[i].node, false);
      patch(made[i], items[i], i);
    }
    for (let i = items.length; i < made.length; i++) conceal(made[i].node, true);
  };
}

// Hides a node in the way its kind understands: SVG knows no `hidden`.
export function conceal(node, away) {
  if (node.namespaceURI === SVG) attr(node, "display", away ? "none" : null);
  else show(node, !away);
}

// "10:32" for today, "3 Nov 10:32" before: the learner's own clock and language.
export function clock(iso) {
  const when = new Date(iso);
  const time = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  if (when.toDateString() === new Date().toDateString()) return time;
  return `${when.toLocaleDateString([], { day: "numeric", month: "short" })} ${time}`;
}
