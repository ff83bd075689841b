// The page's side of the engine: starts the worker, carries calls to it, and tells what it tells.

const worker = new URL("offline-worker.js", import.meta.url);

// lab: the one to have ready first, or null. on: phase(name), ready(), failed(reason), trouble({ code, reason, unsaved } | null),
// aside(number of damaged lines), news(): another tab added events. Answers { call(method, args), starting() }.
export function startEngine(lab, on) {
  const waiting = new Map(); // id -> { resolve, reject }
  let count = 0;
  let state = "starting";
  let reason = "";
  let port = null;

  function fail(why) {
    if (state === "failed") return;
    [state, reason] = ["failed", why];
    for (const { reject } of waiting.values()) reject(new Error(why));
    waiting.clear();
    port?.terminate();
    on.failed(why);
  }

  function heard({ data }) {
    if (data.phase === "ready") {
      state = "ready";
      on.ready();
    } else if (data.phase) on.phase(data.phase);
    else if ("trouble" in data) on.trouble(data.trouble);
    else if (data.aside) on.aside(data.aside);
    else if (data.news) on.news();
    else if (data.failed) fail(data.failed);
    else settle(data);
  }

  function settle({ id, text, error }) {
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.resolve(JSON.parse(text));
    else one?.reject(new Error(error));
  }

  function call(method, args) {
    if (state === "failed") return Promise.reject(new Error(reason));
    return new Promise((resolve, reject) => {
      const id = ++count;
      waiting.set(id, { resolve, reject });
      port.postMessage({ id, method, args });
    });
  }

  if (!globalThis.WebAssembly || !globalThis.DecompressionStream) {
    queueMicrotask(() => fail("this browser is too old for it: it lacks WebAssembly or streams"));
    return { call, starting: () => state === "starting" };
  }
  const { engine = "" } = document.documentElement.dataset;
  // Told by its name: a query would be lost where the service worker answers with the plain file.
  port = new Worker(worker, { type: "module", name: JSON.stringify({ engine, lab }) });
  port.onmessage = heard;
  port.onerror = (event) => fail(event.message || "a file of it could not be loaded");
  return { call, starting: () => state === "starting" };
}
