/** UTF-8, in which ext4 has its names; the language has no codec for it. */

const REPLACEMENT = 0xfffd;
/** Least code point of a sequence of so many bytes: a longer one than needed is wrong. */
const LEAST = [0, 0, 0x80, 0x800, 0x1_0000];

/** The text of UTF-8 bytes; what is none becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequence(bytes[at]);
    const point = length === 0 ? undefined : codePoint(bytes, at, length);
    text += String.fromCodePoint(point ?? REPLACEMENT);
    at += point === undefined ? 1 : length;
  }
  return text;
}

/** Bytes of the sequence that `lead` starts, 0 when it starts none. */
function sequence(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function codePoint(bytes: Uint8Array, at: number, length: number): number | undefined {
  if (length === 1) return bytes[at];
  if (at + length > bytes.length) return undefined;
  let point = bytes[at] & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (bytes[at + i] & 0x3f);
  }
  const surrogate = point >= 0xd800 && point < 0xe000;
  return point < LEAST[length] || surrogate || point > 0x10_ffff ? undefined : point;
}

/** The UTF-8 bytes of a text; a half of a surrogate pair becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const value = character.codePointAt(0) as number;
    const point = value >= 0xd800 && value < 0xe000 ? REPLACEMENT : value;
    const tail = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(0));
    else if (point < 0x1_0000) bytes.push(0xe0 | (point >> 12), tail(6), tail(0));
    else bytes.push(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
  }
  return Uint8Array.from(bytes);
}
