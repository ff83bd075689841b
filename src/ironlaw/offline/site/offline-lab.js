// Entry of a lab page of the offline site: readable at once, live when the engine in this page's worker has started.

import { startEngine } from "./offline-engine.js";
import { callTransport } from "./calls.js";
import { same } from "./instrument.js";
import { mountLab } from "./page.js";
import { boot, lastSeen, see, stayInside } from "./offline-site.js";
import { serve } from "./offline-serve.js";
import { statusBoard } from "./offline-status.js";

const REST = 800; // ms without an answer before the document is kept
const lab = boot.lab.id;
const first = lastSeen(lab, boot);
const place = document.getElementById("lab");
const board = statusBoard(place, () => engine);
let unsaved = false;
let page = null;
let gone = new AbortController(); // of the page before
let asked = false;
let timer = 0;

const engine = startEngine(lab, {
  ...board,
  ready,
  trouble(now) {
    unsaved = now !== null;
    guard(now?.unsaved);
    board.trouble(now);
  },
  news: () => page.reload(),
});
const plain = callTransport(engine.call);

// What the page sends and gets, with three things beside it: whether the engine is still starting, what is kept for the next
// visit, and no word of "saved" where nothing is.
const transport = {
  ...plain,
  starting: engine.starting,
  async document(id) {
    const found = await plain.document(id);
    keep(found);
    return found;
  },
  async intent(id, intent) {
    const answer = await plain.intent(id, intent);
    if (unsaved) answer.saved.server_time = null;
    else persist(intent.kind);
    if (answer.document) keep(answer.document);
    else later();
    return answer;
  },
};

mount(first);
stayInside(place);

function mount(now) {
  gone.abort();
  gone = new AbortController();
  page = mountLab(place, now, transport, { signal: gone.signal });
}

// The document that the ledger gives now. What was mounted from a ledger that is no more, or from a look that is older than the
// last move, begins anew.
async function ready() {
  const [then, now] = [page.document(), await transport.document(lab)];
  if ((now.saved?.events ?? 0) < (then.saved?.events ?? 0) || now.acts.some((act, i) => isBehind(then.acts[i], act))) mount(now);
  else if (now.saved?.events !== then.saved?.events || now.notices?.length) page.reload();
  board.ready();
  serve(board);
}

// Whether an instrument that nobody has touched here stood elsewhere when it was last used.
function isBehind({ id, instrument: then }, { instrument: now }) {
  if (!then || !now) return false;
  const shown = page.design(id).settings;
  return same(shown, then.settings) && !same(then.settings, now.settings);
}

// A tab that alone holds events is not closed without a question. Listened for only then: a page that always does is not kept by
// the browser for its way back.
function guard(count) {
  if (count) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
}

function ask(event) {
  event.preventDefault();
}

function keep(found) {
  clearTimeout(timer);
  if (!unsaved) see(lab, found);
}

// A move changes the document without bringing it.
function later() {
  clearTimeout(timer);
  timer = setTimeout(() => transport.document(lab).catch(() => {}), REST);
}

// The browser is asked once, when there is something to lose, not to clear this storage by itself.
function persist(kind) {
  if (asked || kind === "opened" || kind === "moved") return;
  asked = true;
  navigator.storage?.persist?.().catch(() => {});
}
