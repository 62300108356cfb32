/** When a resting part is wanted. */

/** How far beyond the view a part is awakened, so that a reader who scrolls finds it awake. */
const NEAR = '600px';

/** A reader is there: any of these, anywhere on the page. */
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart', 'scroll'] as const;
/** Someone works this part. */
const TOUCHES = ['pointerover', 'pointerdown', 'focusin', 'click', 'input'] as const;

const PASSIVE = { passive: true } as const;

/** Which pages of this visit have seen a reader; one answer for all parts. */
let present = false;

/**
 * Calls `wake` once: when a reader is there and the element comes near the view, or when the element itself is touched. At once where
 * nothing was rendered (the page was built in the browser), and where the address carries the state of figures.
 * @returns a function that ends the waiting
 */
export function whenWanted(element: HTMLElement, wake: () => void): () => void {
  let stop = (): void => {};
  const once = (): void => {
    stop();
    wake();
  };
  if (!element.firstChild || window.location.search !== '') {
    wake();
    return stop;
  }
  const observer = new IntersectionObserver(
    (entries) => entries.some(({ isIntersecting }) => isIntersecting) && once(),
    { rootMargin: NEAR },
  );
  const look = (): void => {
    present = true;
    for (const sign of SIGNS) window.removeEventListener(sign, look);
    observer.observe(element);
  };
  stop = () => {
    observer.disconnect();
    for (const sign of SIGNS) window.removeEventListener(sign, look);
    for (const touch of TOUCHES) element.removeEventListener(touch, once);
  };
  for (const touch of TOUCHES) element.addEventListener(touch, once, PASSIVE);
  if (present) look();
  else for (const sign of SIGNS) window.addEventListener(sign, look, PASSIVE);
  return stop;
}
