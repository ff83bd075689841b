// The service worker: with it the site opens without a network. Asked for only when the engine runs, so that the first start does
// not share the line with it. Without one (an address that is not secure, a browser that has none) the site is plain files.

import { root } from "./offline-site.js";

export async function serve(board) {
  if (!navigator.serviceWorker) return;
  try {
    const registration = await navigator.serviceWorker.register(new URL("sw.js", root), { scope: root.pathname });
    const offer = (worker) => worker && navigator.serviceWorker.controller && board.update(() => takeOver(worker));
    offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker.addEventListener("statechange", () => worker.state === "installed" && offer(registration.waiting));
    });
  } catch {
    // The site works without it; the browser's own cache is what is left.
  }
}

async function takeOver(worker) {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  worker.postMessage("take over");
}
