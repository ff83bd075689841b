// SVG and PNG of a figure as it is seen now, made in the page: nothing leaves the machine.

import { h, s } from "./dom.js";

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-opacity", "opacity", "paint-order", "font-size", "font-weight", "font-family", "display"];
const HEAD = 30; // px for the title
const SHARP = 2; // PNG pixels a CSS pixel

export function downloads(svg, current) {
  const button = (kind, make) =>
    h("button.quiet", { type: "button", on: { click: async () => save(await make(standalone(svg, current().title)), `${current().id}.${kind}`) } }, `Download ${kind.toUpperCase()}`);
  const asSvg = (picture) => new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" });
  return h("p.downloads", null, button("svg", asSvg), button("png", asPng));
}

// A copy whose look is written as attributes, so that it needs no style sheet.
function standalone(svg, title) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const look = getComputedStyle(node);
    for (const name of LOOKS) to[i].setAttribute(name, look.getPropertyValue(name).replaceAll('"', "'"));
    to[i].removeAttribute("class");
  });
  const [width, height] = [Number(svg.getAttribute("width")), Number(svg.getAttribute("height"))];
  const root = getComputedStyle(svg);
  const [paper, ink] = ["--panel", "--ink"].map((name) => root.getPropertyValue(name).trim());
  const font = getComputedStyle(svg).fontFamily.replaceAll('"', "'");
  const picture = s("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: height + HEAD, viewBox: `0 ${-HEAD} ${width} ${height + HEAD}` },
    s("rect", { y: -HEAD, width, height: height + HEAD, fill: paper }),
    s("text", { x: 0, y: -12, fill: ink, "font-family": font, "font-size": 15, "font-weight": 600 }, title));
  picture.append(...copy.childNodes);
  return picture;
}

async function asPng(picture) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(picture))}`;
  await image.decode();
  const canvas = h("canvas", { width: image.width * SHARP, height: image.height * SHARP });
  const pen = canvas.getContext("2d");
  pen.scale(SHARP, SHARP);
  pen.drawImage(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
