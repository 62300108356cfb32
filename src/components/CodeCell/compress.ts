/** Code in an address: small enough to send, checked when it comes back. */

const MARK = 'code=1.';
/** Letters of a text that an address may hold when it is unpacked; more is no code that a person wrote. */
const MOST = 200_000;

/** The fragment (without `#`) that carries a title and a text. */
export async function packed(title: string, source: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([title, source]));
  const small = await through(bytes, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY);
  let letters = '';
  for (const byte of small) letters += String.fromCharCode(byte);
  return MARK + btoa(letters).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** True when an address means to carry code, whether or not it can be read. */
export const carriesCode = (fragment: string): boolean => /^#?code=/.test(fragment);

/**
 * What a fragment carries.
 * @throws Error with one sentence for the reader when it is cut, changed, too long or of a version that is not known here.
 */
export async function unpacked(fragment: string): Promise<{ title: string; source: string }> {
  const text = fragment.replace(/^#/, '');
  if (!text.startsWith(MARK))
    throw new Error('This link is of a version that this page does not know: ask for the code itself.');
  let read: unknown;
  try {
    const letters = atob(text.slice(MARK.length).replace(/-/g, '+').replace(/_/g, '/'));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    read = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(
        await through(bytes, new DecompressionStream('deflate-raw'), MOST),
      ),
    );
  } catch (error) {
    if (error instanceof TooLong) throw error;
    throw new Error('The code in this link cannot be read: the link was cut or changed on its way.');
  }
  const [title, source] = Array.isArray(read) ? read : [];
  if (typeof title !== 'string' || typeof source !== 'string')
    throw new Error('The code in this link cannot be read: the link was cut or changed on its way.');
  return { title: title.slice(0, 80), source };
}

class TooLong extends Error {}

async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // What is wrong with the bytes shows at the reading end.
  writer.write(bytes as BufferSource).catch(() => undefined);
  writer.close().catch(() => undefined);
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > most) {
      await reader.cancel();
      throw new TooLong(
        `The code in this link is longer than ${MOST / 1000} thousand letters, and was not unpacked.`,
      );
    }
    parts.push(part.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
