// Entry of a lab page: the document that came with the page, over HTTP from there on.

import { mountLab } from "./page.js";
import { httpTransport } from "./transport.js";

const boot = JSON.parse(document.getElementById("boot").textContent);
mountLab(document.getElementById("lab"), boot, httpTransport());
