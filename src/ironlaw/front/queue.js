// The durable queue of outgoing intents: nothing the learner commits is lost to a slow, dying or absent server.
//
// An intent is written to storage first, then sent, and its key is removed only after the server's answer. Keys hold uuid7 ids,
// so sorted keys are the order of sending, and a resend of an intent that did arrive is a duplicate to the server, not a second
// event. One tab sends at a time (Web Locks where there are any; without, the server's idempotence keeps it harmless).

import { uuid7 } from "./store.js";
import { Refused } from "./transport.js";

const PREFIX = "ironlaw:intent:";
const SENT = "ironlaw:sent"; // event of the window: a storage event tells only the other tabs, and a notebook may hold two pages
const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 15000;

// on.status({ state: "saving|saved|retrying|refused", at?, reason? }) is called on each change; on.saved(item, answer) after
// each intent that the server stored; on.refused(item, error) when it never will be; on.elsewhere() when another tab, or another page
// in this one, has sent what this page knew to be waiting.
// Once `signal` is aborted nothing is sent any more; what waits stays in storage for the next page.
export function intentQueue({ transport, keep, on, signal }) {
  const waiting = new Map(); // key -> resolve for a caller in this page, else null
  let draining = false;
  let timer = 0;
  let wait = 0;

  const keys = () => keep.keys(PREFIX);
  const settle = (key, value) => {
    waiting.get(key)?.(value);
    waiting.delete(key);
    dispatchEvent(new CustomEvent(SENT, { detail: keep.room + key }));
  };

  // Resolves with { answer } or { error } once the server has decided.
  function add(lab, kind, act, payload) {
    const id = uuid7();
    const item = { lab, intent: { id, kind, act, client_time: new Date().toISOString(), payload } };
    keep.set(PREFIX + id, item);
    const decided = new Promise((resolve) => waiting.set(PREFIX + id, resolve));
    if (!timer) drain();
    return decided;
  }

  async function drain() {
    if (draining) return;
    draining = true;
    clearTimeout(timer);
    timer = 0;
    let more = true;
    while (more) more = await (navigator.locks ? navigator.locks.request(`${keep.room}ironlaw:queue`, sendFirst) : sendFirst());
    draining = false;
    if (signal?.aborted) return;
    if (wait) timer = setTimeout(drain, wait * (0.75 + Math.random() / 2));
    else if (keys().length) drain(); // added between the last look and here
  }

  // Sends the oldest intent; true when there may be another one to send now.
  async function sendFirst() {
    const [key] = keys();
    if (signal?.aborted) return false;
    if (!key) {
      if (wait) on.elsewhere(); // it was to be tried again, and another page did
      wait = 0;
      return false;
    }
    const item = keep.get(key);
    if (!item?.intent) {
      keep.remove(key);
      return true;
    }
    const slow = setTimeout(() => on.status({ state: "saving" }), 300);
    try {
      const answer = await transport.intent(item.lab, item.intent);
      keep.remove(key);
      wait = 0;
      const { server_time: at, events } = answer.saved;
      on.status({ state: "saved", at: at ?? (events.length ? null : undefined) });
      on.saved(item, answer);
      settle(key, { answer });
    } catch (error) {
      if (!(error instanceof Refused)) {
        wait = Math.min(wait * 2 || FIRST_WAIT, LONGEST_WAIT);
        on.status({ state: "retrying", reason: error.message });
        return false;
      }
      keep.remove(key);
      wait = 0;
      on.status({ state: "refused", reason: error.message });
      on.refused(item, error);
      settle(key, { error });
    } finally {
      clearTimeout(slow);
    }
    return true;
  }

  function retryNow() {
    if (!keys().length) return;
    clearTimeout(timer);
    timer = 0;
    drain();
  }

  // What an earlier page left may be sent by another one, too.
  function start() {
    for (const key of keys()) waiting.set(key, waiting.get(key) ?? null);
    retryNow();
  }

  // Another tab, or another page in this one, sent one that we know of.
  function gone(stored) {
    const key = stored?.startsWith(keep.room) ? stored.slice(keep.room.length) : null;
    if (!waiting.has(key)) return;
    on.elsewhere();
    settle(key, { answer: null });
    clearTimeout(timer); // the other one came through: no reason to wait any longer
    timer = wait = 0;
    if (keys().length) drain();
  }

  addEventListener("storage", ({ key, newValue }) => newValue === null && gone(key), { signal });
  addEventListener(SENT, ({ detail }) => gone(detail), { signal });
  addEventListener("online", retryNow, { signal });
  addEventListener("visibilitychange", () => document.visibilityState === "visible" && retryNow(), { signal });
  signal?.addEventListener("abort", () => clearTimeout(timer));

  return {
    add,
    start,
    pending: (lab) => keys().map((key) => keep.get(key)).filter((item) => item?.lab === lab).map((item) => item.intent),
  };
}
