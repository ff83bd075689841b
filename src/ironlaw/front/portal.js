// Entry of the portal: the state that came with the page, over HTTP from there on.

import { mountPortal } from "./map.js";
import { httpTransport } from "./transport.js";

const boot = JSON.parse(document.getElementById("boot").textContent);
mountPortal(document.getElementById("map"), boot, httpTransport());
