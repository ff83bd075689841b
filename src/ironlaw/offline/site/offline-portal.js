// Entry of the portal of the offline site: the map at once, with what the ledger says when the engine has started.

import { startEngine } from "./offline-engine.js";
import { callTransport } from "./calls.js";
import { mountPortal } from "./map.js";
import { boot, lastSeen, see, stayInside } from "./offline-site.js";
import { serve } from "./offline-serve.js";
import { statusBoard } from "./offline-status.js";

const place = document.getElementById("map");
const board = statusBoard(place, () => engine);
const engine = startEngine(null, {
  ...board,
  ready,
  news: look,
  trouble(now) {
    unsaved = now !== null;
    board.trouble(now);
  },
});
const transport = callTransport(engine.call);
let shown = null;
let unsaved = false;

draw(lastSeen("portal", boot));
stayInside(place);

function draw(now) {
  const text = JSON.stringify(now);
  if (text === shown) return;
  shown = text;
  mountPortal(place, now, transport);
}

async function look() {
  const now = { ...(await transport.labs()), ledger: unsaved ? { text: "Not kept in this browser now." } : boot.ledger };
  if (!unsaved) see("portal", now);
  draw(now);
}

async function ready() {
  await look();
  board.ready();
  serve(board);
}
