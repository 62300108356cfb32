/** Drawings that a reader's code made, without anything that acts: the page puts them among its own elements. */

const ELEMENTS = new Set(
  'svg g path rect circle ellipse line polyline polygon text tspan title desc defs clipPath linearGradient radialGradient stop marker'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  (
    'viewBox width height x y x1 y1 x2 y2 cx cy r rx ry d points transform fill stroke stroke-width stroke-dasharray stroke-linecap ' +
    'stroke-linejoin opacity fill-opacity stroke-opacity fill-rule class role aria-label aria-hidden text-anchor dominant-baseline font-size ' +
    'font-weight font-style dx dy offset stop-color stop-opacity preserveAspectRatio textLength lengthAdjust xmlns'
  ).split(' '),
);

/** The drawing without what is not on the lists, or nothing when it is no drawing. */
export function safeSvg(text: string): string | undefined {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  if (parsed.localName !== 'svg' || parsed.querySelector('parsererror')) return undefined;
  clean(parsed);
  return new XMLSerializer().serializeToString(parsed);
}

function clean(element: Element): void {
  for (const { name, value } of [...element.attributes])
    if (!ATTRIBUTES.has(name) || /url\(|script|expression|image-set/i.test(value))
      element.removeAttribute(name);
  for (const child of [...element.childNodes]) {
    if (child.nodeType === Node.TEXT_NODE) continue;
    if (child instanceof Element && ELEMENTS.has(child.localName)) clean(child);
    else child.remove();
  }
}
