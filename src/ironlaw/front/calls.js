// A transport over anything that carries a call and brings its answer: a worker of this browser, the kernel behind a notebook.
//
// call(method, args) answers what `ironlaw.desk` does, { answer } or { error, status }, and rejects when nothing came back.

import { Refused, RETRY, Unreachable } from "./transport.js";

export function callTransport(call) {
  const ask = async (method, ...args) => {
    let found;
    try {
      found = await call(method, args);
    } catch (error) {
      throw new Unreachable(error.message);
    }
    if (found.status === undefined) return found.answer;
    if (found.status < 500 && !RETRY.has(found.status)) throw new Refused(found.status, found.error);
    throw new Unreachable(found.error.message);
  };
  return {
    labs: () => ask("labs"),
    document: (lab) => ask("document", lab),
    evaluate: (lab, body) => ask("evaluate", lab, body),
    sweep: (lab, body) => ask("sweep", lab, body),
    intent: (lab, intent) => ask("intent", lab, intent),
    ledger: () => ask("ledger"),
    exportLedger: (lab) => ask("exportLedger", lab),
    importLedger: (lab, text) => ask("importLedger", lab, text),
  };
}
