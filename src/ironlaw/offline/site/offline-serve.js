// The service worker: with it the site opens without a network. Asked for only when the engine runs, so that the first start does
// not share the line with it. Without one (an address that is not secure, a browser that has none) the site is plain files.

import { root } from "./offline-site.js";

export async function serve(board) {
  if (!navigator.serviceWorker) return board.offline(false);
  try {
    const registration = await navigator.serviceWorker.register(new URL("sw.js", root), { scope: root.pathname });
    const offer = (worker) => worker && navigator.serviceWorker.controller && board.update(() => takeOver(worker));
    const watch = (worker) => worker?.addEventListener("statechange", () => {
      if (worker.state === "installed") offer(registration.waiting);
      if (worker.state === "redundant" && !registration.active) board.offline(false);
    });
    offer(registration.waiting);
    watch(registration.installing);
    registration.addEventListener("updatefound", () => watch(registration.installing));
    await navigator.serviceWorker.ready;
    board.offline(true);
  } catch {
    board.offline(false); // the site works without it; the browser's own cache is what is left
  }
}

async function takeOver(worker) {
  if (worker.state !== "installed") return location.reload(); // another tab has asked it already
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  worker.postMessage("take over");
}
