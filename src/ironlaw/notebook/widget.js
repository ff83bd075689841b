// A lab in a notebook: the page of the studio in a shadow root, its calls as messages to the kernel.
//
// `render` of the anywidget protocol. STYLE is made by styling.py; the other modules are those of ironlaw/front.

import { callTransport } from "./calls.js";
import { figure } from "./figure.js";
import { h, scrollToNode, setHtml } from "./dom.js";
import { mountLab } from "./page.js";
import { STYLE } from "./style.js";
import { writeLike } from "./scale.js";

const PATIENCE = 10000; // ms without an answer: the kernel is busy, or gone
const AGAIN = 2000; // ms between two tries to get the first document
const QUIET = 150; // ms without a record: then the cells that depend on the lab run
const VOLUMES = ["", "I", "II"];
const GROUND = ".cell-output-ipywidget-background"; // VS Code's Jupyter extension paints it white, in dark themes too

// What the notebook keeps of a lab, in the order in which it is asked: the marks of JupyterLab, VS Code and marimo, else the system's.
function isDark() {
  const { body, documentElement: top } = document;
  const told = body.dataset.jpThemeLight ? body.dataset.jpThemeLight === "false" : body.dataset.vscodeThemeKind ? /dark|^vscode-high-contrast$/.test(body.dataset.vscodeThemeKind) : null;
  if (told !== null) return told;
  for (const node of [body, top]) {
    const mark = node.dataset.theme ?? [...node.classList].find((name) => name === "dark" || name === "light");
    if (mark === "dark" || mark === "light") return mark === "dark";
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// A shadow root with the page's styles, in the notebook's colours. Answers the element to fill.
function sheetIn(el, signal) {
  const host = h("div");
  const root = host.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  root.adoptedStyleSheets = [style];
  const sheet = h("div.sheet");
  root.append(h("div.frame", null, sheet));
  el.append(host);
  const tint = () => sheet.classList.toggle("is-dark", isDark());
  tint();
  const watch = new MutationObserver(tint);
  for (const node of [document.body, document.documentElement]) watch.observe(node, { attributes: true, attributeFilter: ["class", "data-theme", "data-jp-theme-light", "data-vscode-theme-kind"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tint, { signal });
  // What is typed here is no command of the notebook: an arrow must not choose another cell, nor a "d" delete this one. JupyterLab
  // reads the attribute before the event comes here. Saving stays the notebook's; running cells does not.
  const saves = ({ ctrlKey, metaKey, key }) => (ctrlKey || metaKey) && key.toLowerCase() === "s";
  addEventListener("keydown", (event) => host.toggleAttribute("data-lm-suppress-shortcuts", !saves(event)), { capture: true, signal });
  const passes = ({ ctrlKey, metaKey, key }) => (ctrlKey || metaKey) && key !== "Enter";
  host.addEventListener("keydown", (event) => passes(event) || event.stopPropagation(), { signal });
  signal.addEventListener("abort", () => (watch.disconnect(), host.remove()));
  return sheet;
}

// call(method, args) over the model's messages. Each has an id; an answer that comes too late finds nobody and is dropped.
function wire(model, signal, changed) {
  const mine = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
  const waiting = new Map();
  let count = 0;
  const hear = (message) => {
    if (message?.changed !== undefined && !String(message.changed).startsWith(mine)) changed();
    waiting.get(message?.id)?.(message);
  };
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", hear);
    for (const done of waiting.values()) done(null);
  });
  return (method, args) => new Promise((resolve, reject) => {
    if (signal.aborted) return; // nobody is there to hear: neither an answer nor another try
    const id = `${mine}-${++count}`;
    const done = (found) => {
      clearTimeout(timer);
      waiting.delete(id);
      if (found) resolve(found);
      else reject(new Error("The notebook's kernel does not answer."));
    };
    const timer = setTimeout(done, PATIENCE, null);
    waiting.set(id, done);
    try {
      model.send({ id, method, args });
    } catch {
      done(null); // the kernel is gone, and its channel with it
    }
  });
}

// VS Code's notebook scrolls around the frame that its outputs stand in, and only for a link to an element of that frame's document.
// So such a link is made for a moment, to where the node is, and pressed.
function goTo(node) {
  if (!document.body.dataset.vscodeThemeKind) return scrollToNode(node);
  const id = `ironlaw-${Math.random().toString(36).slice(2)}`;
  const mark = h("div", { id, style: `position: fixed; top: ${node.getBoundingClientRect().top}px` });
  const way = h("a", { href: `#${id}`, on: { click: (event) => event.preventDefault() } }); // else the frame would go there itself
  node.getRootNode().host.after(mark, way);
  way.click();
  mark.remove();
  way.remove();
}

// Links inside the page stay inside it; what is a page of the studio is opened as a file of its own, or named.
function links(sheet, root, call, signal) {
  sheet.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    const to = link?.getAttribute("href") ?? "";
    if (!/^[#/]/.test(to)) return;
    event.preventDefault();
    event.stopPropagation(); // VS Code would open a file of that name
    if (to.startsWith("#")) {
      const target = root.getElementById(to.slice(1));
      if (target) goTo(target);
      return root.getElementById(`${to.slice(1)}-title`)?.focus({ preventScroll: true });
    }
    const [, lab = null, kind] = /^\/(?:labs\/(\w+)\/)?(report|record)$/.exec(to) ?? [];
    const note = (...words) => {
      if (link.nextSibling?.dataset?.about) link.nextSibling.remove(); // of the last press
      link.after(h("span.help", { role: "status", "data-about": to }, " ", ...words));
    };
    if (!kind) return note("This is a page of the studio: `ironlaw serve` opens it, with the same ledger.");
    try {
      const { answer, error } = await call(kind, [lab]);
      if (error) return note(error.message);
      const file = URL.createObjectURL(new Blob([answer.html], { type: "text/html" }));
      if (!window.open(file)) note("No window could be opened from here. ", h("a", { href: file, download: `ironlaw-${kind}.html` }, "Save it as a file"), ".");
    } catch (error) {
      note(error.message);
    }
  }, { signal });
}

function title({ lab }) {
  const words = h("div.invariant");
  setHtml(words, lab.invariant_html);
  return h("header.title", null, h("p.kicker", null, [`Volume ${VOLUMES[lab.volume]} · Lab ${lab.number}`, ...lab.domains, `${lab.minutes} minutes`].join(" · ")), h("h1", null, lab.title), words);
}

async function lab({ model, el }, signal) {
  const sheet = sheetIn(el, signal);
  let page = null;
  // marimo runs the cells that depend on the lab when the page tells it of a change; the values themselves come from Python.
  let rest = 0;
  const tell = () => {
    clearTimeout(rest);
    rest = setTimeout(() => {
      if (signal.aborted) return;
      model.set("_turn", (model.get("_turn") ?? 0) + 1);
      model.save_changes();
    }, QUIET);
  };
  const call = wire(model, signal, () => {
    page?.reload();
    tell();
  });
  const said = h("p.waiting", { role: "status" }, "Waiting for the kernel …");
  sheet.append(said);
  await drawn(el, signal);
  const told = async (method, args) => {
    const found = await call(method, args);
    if (["intent", "importLedger"].includes(method) && found.answer) tell();
    return found;
  };
  const transport = callTransport(told);
  while (!page && !signal.aborted) {
    try {
      const first = await transport.document(model.get("_lab"));
      if (signal.aborted) return;
      const place = h("div");
      sheet.replaceChildren(title(first), place);
      links(sheet, sheet.getRootNode(), call, signal);
      page = mountLab(place, first, transport, { room: model.get("_room"), signal, goTo });
    } catch (error) {
      said.textContent = `${error.message} If it was restarted, run the cell again.`;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}

async function chart({ model, el }, signal) {
  const sheet = sheetIn(el, signal);
  sheet.classList.add("is-chart");
  await drawn(el, signal);
  if (signal.aborted) return; // what would listen from here on nobody would ever stop
  writeLike(sheet);
  const one = figure(model.get("_figure"));
  sheet.append(one.node);
  const update = () => one.update(model.get("_figure"));
  model.on("change:_figure", update);
  signal.addEventListener("abort", () => model.off("change:_figure", update));
}

// A notebook may make an element before it stands in the page; styles are known only then.
async function drawn(el, signal) {
  while (!el.isConnected && !signal.aborted) await new Promise((resolve) => requestAnimationFrame(resolve));
  for (let node = el.closest(GROUND); node; node = node.parentElement?.closest(GROUND)) node.style.setProperty("background", "transparent", "important");
}

export default {
  render(given) {
    const end = new AbortController();
    (given.model.get("_lab") ? lab : chart)(given, end.signal);
    return () => end.abort();
  },
};
