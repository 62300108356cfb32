/**
 * Keeps what a reader did to the resting picture of a part: the keyboard's place, a press, a value that was typed or chosen. When the
 * living part of the same shape has taken its place, it is done again there.
 */

/** An element below a root, as places among siblings. */
type Way = readonly number[];

/** What was done, in order; of the changes of one field only the last counts. */
interface Deed {
  readonly kind: 'press' | 'value';
  readonly way: Way;
  readonly value: string;
}

/** Where a press does something only with script; links and folds work without. */
const PRESSABLE = 'button, input, select, option';
const BY_PRESS = new Set(['checkbox', 'radio', 'button', 'submit']);

/** Listens to a resting part until it is taken over. */
export class Recorder {
  readonly #root: HTMLElement;
  readonly #deeds: Deed[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
    root.addEventListener('click', this.#note);
    root.addEventListener('input', this.#note);
  }

  /** Ends the listening and gives what to do again. */
  stop(): Replay {
    this.#root.removeEventListener('click', this.#note);
    this.#root.removeEventListener('input', this.#note);
    const focused = document.activeElement;
    return { deeds: this.#deeds, focus: wayTo(this.#root, focused), marked: markedIn(focused) };
  }

  readonly #note = (event: Event): void => {
    const target = event.target as HTMLInputElement;
    const way = wayTo(this.#root, target.closest(PRESSABLE));
    if (!way) return;
    const byPress = target.closest('button') !== null || BY_PRESS.has(target.type);
    if (byPress !== (event.type === 'click')) return;
    const kind = byPress ? 'press' : 'value';
    const same = this.#deeds.findIndex((deed) => deed.kind === 'value' && deed.way.join() === way.join());
    if (kind === 'value' && same >= 0) this.#deeds.splice(same, 1);
    this.#deeds.push({ kind, way, value: target.value });
  };
}

export interface Replay {
  readonly deeds: readonly Deed[];
  readonly focus: Way | undefined;
  /** The part of a text field that is marked, so that the next key replaces what it would have replaced. */
  readonly marked: Marked | undefined;
}

type Marked = readonly [from: number, to: number];

/** Does again in `root` what was done before; what is no longer there is left out. */
export function replay(root: Element, { deeds, focus, marked }: Replay): void {
  const focused = focus && at(root, focus);
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  for (const { kind, way, value } of deeds) {
    const element = at(root, way);
    if (kind === 'press' && element instanceof HTMLElement) element.click();
    else if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement)
      enter(element, value);
  }
  if (marked && focused instanceof HTMLInputElement) focused.setSelectionRange(...marked);
}

/** Fields that hold no text have nothing marked. */
function markedIn(element: Element | null): Marked | undefined {
  if (!(element instanceof HTMLInputElement)) return undefined;
  const { selectionStart, selectionEnd } = element;
  return selectionStart === null || selectionEnd === null ? undefined : [selectionStart, selectionEnd];
}

/** Sets a value as a person does: the field's own setter, then the event that components listen to. */
function enter(element: HTMLInputElement | HTMLSelectElement, value: string): void {
  const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), 'value');
  own?.set?.call(element, value);
  element.dispatchEvent(new Event('input', { bubbles: true }));
  element.dispatchEvent(new Event('change', { bubbles: true }));
}

function wayTo(root: Element, element: Element | null): Way | undefined {
  if (!element || element === root || !root.contains(element)) return undefined;
  const way: number[] = [];
  for (let node = element; node !== root; node = node.parentElement as Element)
    way.unshift(Array.prototype.indexOf.call(node.parentElement?.children, node));
  return way;
}

const at = (root: Element, way: Way): Element | undefined =>
  way.reduce<Element | undefined>((node, place) => node?.children[place], root);
