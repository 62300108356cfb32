/**
 * Characters as keys of an American PC keyboard, in the numbers of scan code set 1.
 *
 * Source: IBM "PS/2 Hardware Interface Technical Reference", keyboards: scan code set 1.
 */

/** A key on its way. */
export interface KeyMove {
  readonly code: number;
  readonly down: boolean;
}

/** The shift key on the left. */
const SHIFT = 0x2a;

/** Rows of the keyboard: first scan code, characters without and with shift. */
const ROWS: readonly (readonly [first: number, plain: string, shifted: string])[] = [
  [0x02, '1234567890-=', '!@#$%^&*()_+'],
  [0x0f, '\tqwertyuiop[]\n', '\tQWERTYUIOP{}\n'],
  [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [0x2b, '\\zxcvbnm,./', '|ZXCVBNM<>?'],
  [0x39, ' ', ' '],
  [0x01, '\u001b', '\u001b'],
  [0x0e, '\b', '\b'],
];

/** Where a character is, and whether it needs shift. */
interface Key {
  readonly code: number;
  readonly shift: boolean;
}

const keysOf = (first: number, letters: string, shift: boolean): [string, Key][] =>
  [...letters].map((letter, i) => [letter, { code: first + i, shift }]);

/** Keys by character; where both rows have one, the plain one counts. */
const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>(
  ROWS.flatMap(([first, plain, shifted]) => [
    ...keysOf(first, shifted, true),
    ...keysOf(first, plain, false),
  ]),
);

/** What the keys do that type a text; characters without a key are left out. */
export function scanCodesOf(text: string): KeyMove[] {
  return [...text].flatMap((letter) => {
    const key = KEYS.get(letter);
    if (!key) return [];
    const stroke = [
      { code: key.code, down: true },
      { code: key.code, down: false },
    ];
    return key.shift ? [{ code: SHIFT, down: true }, ...stroke, { code: SHIFT, down: false }] : stroke;
  });
}
