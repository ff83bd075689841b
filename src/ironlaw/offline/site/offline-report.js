// Entry of the papers of the offline site, the report and the architecture record (<html data-call>): the page that the engine makes
// of the ledger, to read, print or take away.
//
// It stands in a frame without scripts: its styles are its own, and printing prints it alone.

import { startEngine } from "./offline-engine.js";
import { h, say } from "./dom.js";
import { download, today } from "./offline-site.js";
import { serve } from "./offline-serve.js";
import { statusBoard } from "./offline-status.js";

const place = document.getElementById("report");
const { call: paper = "report", lab: mine } = document.documentElement.dataset;
const lab = mine ?? new URLSearchParams(location.search).get("lab");
const board = statusBoard(place, () => engine);
const engine = startEngine(lab, { ...board, ready, news: look });
const frame = h("iframe.offline-report", { title: document.querySelector("h1").textContent, sandbox: "allow-same-origin allow-modals" });
const words = h("p.help", { role: "status" });
let html = "";

// As tall as what it holds, so that the page scrolls and not the frame.
const size = () => (frame.style.height = `${frame.contentDocument?.documentElement.scrollHeight ?? 0}px`);
frame.addEventListener("load", size);
addEventListener("resize", size);

async function look() {
  try {
    const { answer, error } = await engine.call(paper, [lab]);
    html = answer?.html ?? "";
    frame.srcdoc = html;
    say(words, error ? `There is no such page: ${error.message}` : "");
  } catch (error) {
    say(words, `The page could not be made: ${error.message}`);
  }
}

async function ready() {
  const button = (name, act) => h("button.secondary", { type: "button", on: { click: act } }, name);
  place.replaceChildren(h("p.offline-actions", null, button("Print", () => frame.contentWindow.print()),
    button("Save as a file", () => download(`ironlaw-${paper}-${lab ? `${lab}-` : ""}${today()}.html`, html, "text/html"))), words, frame);
  await look();
  board.ready();
  serve(board);
}
