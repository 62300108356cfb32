/** A short fingerprint of plain data: the hash of traces ({@link WordHash}) over a canonical text. Not for security. */
import { WordHash } from '../core/digest.ts';

/** Digest of any JSON-like value as 16 hex digits. Key order does not matter. */
export function digestOf(value: unknown): string {
  const hash = new WordHash();
  fold(hash, value);
  return hash.hex();
}

function fold(hash: WordHash, value: unknown): void {
  if (Array.isArray(value)) {
    hash.text('[');
    for (const item of value) fold(hash, item);
    hash.text(']');
  } else if (typeof value === 'object' && value !== null) {
    hash.text('{');
    for (const key of Object.keys(value).sort()) {
      hash.text(`${key}:`);
      fold(hash, (value as Record<string, unknown>)[key]);
    }
    hash.text('}');
  } else hash.text(`${typeof value === 'string' ? JSON.stringify(value) : String(value)},`);
}
