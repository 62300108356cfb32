/**
 * Keys of a figure. A control names its key itself (`aria-keyshortcuts`); a key works while something inside the figure has the focus,
 * and does what pressing the control does. What can be typed into keeps its keys.
 */
const NAMED = '[aria-keyshortcuts]';
const TYPED = 'textarea, select, [contenteditable], input:not([type=range], [type=radio], [type=checkbox])';

/** A key of a figure and what it does now. */
export interface Key {
  readonly key: string;
  readonly does: string;
}

/** Presses the control of a key. Returns whether there was one. */
export function pressKey(figure: Element, target: Element, event: KeyLike): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest(`dialog, ${TYPED}`)) return false;
  const control = [...figure.querySelectorAll<HTMLElement>(NAMED)].find(
    (element) => element.getAttribute('aria-keyshortcuts') === event.key,
  );
  if (!control || (control as HTMLButtonElement).disabled) return false;
  control.click();
  return true;
}

export type KeyLike = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** The keys that a figure has at this moment, in the order of its controls. */
export function keysOf(figure: Element): Key[] {
  return [...figure.querySelectorAll<HTMLElement>(NAMED)].map((element) => ({
    key: element.getAttribute('aria-keyshortcuts') ?? '',
    does: (
      element.getAttribute('aria-label') ??
      element.closest('label')?.textContent ??
      element.textContent ??
      ''
    ).trim(),
  }));
}
