// Quotas: what the ledger must hold before the reveal, counted as it grows. A budget can begin anew; that too is recorded.

import { attr, h, pool, say, show } from "./dom.js";
import { icon, setIcon } from "./icons.js";

export function quotaBoard(restart) {
  const list = h("ul.quotas");
  const node = h("div.quota-board", { hidden: true }, h("h4.small", null, "Before the comparison"), list);
  const all = pool(list, () => {
    const [mark, text, count, said] = [icon("todo"), h("span"), h("strong.count"), h("span.sr")];
    const meter = h("progress", { "aria-hidden": "true" });
    const again = h("button.quiet", { type: "button", on: { click: restart } }, "Begin the count anew");
    return { node: h("li", null, mark, h("div", null, h("p", null, text, " ", count, said), meter, again)), mark, text, count, said, meter, again };
  });
  const update = (items) => {
    show(node, items.length > 0);
    all(items, (one, quota) => {
      setIcon(one.mark, quota.done ? "done" : quota.spent ? "caution" : "todo");
      say(one.text, quota.text);
      say(one.count, `${quota.count} of ${quota.of}`);
      const words = quota.done ? " Done." : quota.spent ? " Used up." : "";
      say(one.said, words);
      attr(one.meter, "max", quota.of);
      attr(one.meter, "value", quota.count);
      show(one.again, quota.kind === "budget" && !quota.done && quota.count > 0);
    });
  };
  return { node, update };
}
