/** A short fingerprint of plain data: FNV-1a, 64 bits in two 32-bit halves, over a canonical text. Not for security. */

/** Digest of any JSON-like value as 16 hex digits. Key order does not matter. */
export function digestOf(value: unknown): string {
  const hash = { high: 0xcbf29ce4, low: 0x84222325 };
  fold(hash, value);
  return hex(hash.high) + hex(hash.low);
}

interface Hash {
  high: number;
  low: number;
}

function fold(hash: Hash, value: unknown): void {
  if (Array.isArray(value)) {
    text(hash, '[');
    for (const item of value) fold(hash, item);
    text(hash, ']');
  } else if (typeof value === 'object' && value !== null) {
    text(hash, '{');
    for (const key of Object.keys(value).sort()) {
      text(hash, `${key}:`);
      fold(hash, (value as Record<string, unknown>)[key]);
    }
    text(hash, '}');
  } else text(hash, `${typeof value === 'string' ? JSON.stringify(value) : String(value)},`);
}

/** One round per UTF-16 unit: xor, then multiply by the 64-bit FNV prime 2^40 + 0x1b3 with 32-bit arithmetic. */
function text(hash: Hash, chars: string): void {
  let { high, low } = hash;
  for (let i = 0; i < chars.length; i++) {
    low = (low ^ chars.charCodeAt(i)) >>> 0;
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  hash.high = high;
  hash.low = low;
}

const hex = (word: number): string => word.toString(16).padStart(8, '0');
