/**
 * What a monitor says about itself: one block of 128 bytes (EDID), as a graphics driver reads it.
 *
 * Source: VESA "Enhanced EDID Standard", version 1.4. The blanking is that of reduced-blanking timings (VESA CVT), rounded.
 */

/** Bytes of a block. */
export const EDID_BYTES = 128;

/** What to say. */
export interface EdidFacts {
  /** Three capital letters. */
  readonly manufacturer: string;
  /** At most 13 characters. */
  readonly name: string;
  /** Pixels of the preferred mode. */
  readonly width: number;
  readonly height: number;
  /** Refreshes per second. */
  readonly refresh?: number;
}

const HEADER = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
const AT = {
  MAKER: 8,
  YEAR: 17,
  VERSION: 18,
  INPUT: 20,
  COLOURS: 25,
  ESTABLISHED: 35,
  STANDARD: 38,
} as const;
const DESCRIPTOR = { FIRST: 54, BYTES: 18, NAME: 0xfc, DUMMY: 0x10, TEXT: 13 } as const;
const SRGB = [0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54];
const BLANK = { WIDTH: 160, HEIGHT: 30, FRONT_X: 48, SYNC_X: 32, FRONT_Y: 3, SYNC_Y: 6 } as const;
/** 640 × 480 and 800 × 600 at 60 Hz; 1024 × 768 at 60 Hz. */
const ESTABLISHED = [0x21, 0x08];

/** A block with these facts; its bytes add up to a multiple of 256. */
export function edidBlock(facts: EdidFacts): Uint8Array {
  const bytes = new Uint8Array(EDID_BYTES);
  bytes.set(HEADER);
  const letters = [...facts.manufacturer].map((letter) => letter.charCodeAt(0) - 64);
  const maker = (letters[0] << 10) | (letters[1] << 5) | letters[2];
  bytes.set([maker >>> 8, maker & 0xff], AT.MAKER);
  bytes[AT.YEAR] = 2026 - 1990;
  // Version 1.4; digital; no size; gamma 2.2; the first timing is the preferred one.
  bytes.set([1, 4], AT.VERSION);
  bytes.set([0x80, 0, 0, 0x78, 0x02], AT.INPUT);
  bytes.set(SRGB, AT.COLOURS);
  bytes.set(ESTABLISHED, AT.ESTABLISHED);
  bytes.fill(1, AT.STANDARD, DESCRIPTOR.FIRST);
  bytes.set(timing(facts), DESCRIPTOR.FIRST);
  bytes.set(text(facts.name), DESCRIPTOR.FIRST + DESCRIPTOR.BYTES);
  for (const index of [2, 3]) bytes[DESCRIPTOR.FIRST + index * DESCRIPTOR.BYTES + 3] = DESCRIPTOR.DUMMY;
  bytes[EDID_BYTES - 1] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}

/** A detailed timing: pixel clock in units of 10 kHz, then active and blank pixels with their high bits apart. */
function timing({ width, height, refresh = 60 }: EdidFacts): Uint8Array {
  const bytes = new Uint8Array(DESCRIPTOR.BYTES);
  const clock = Math.round(((width + BLANK.WIDTH) * (height + BLANK.HEIGHT) * refresh) / 10_000);
  const both = (active: number, blank: number): number[] => [
    active & 0xff,
    blank & 0xff,
    ((active >>> 8) << 4) | (blank >>> 8),
  ];
  bytes.set([clock & 0xff, clock >>> 8, ...both(width, BLANK.WIDTH), ...both(height, BLANK.HEIGHT)]);
  bytes.set([BLANK.FRONT_X, BLANK.SYNC_X, (BLANK.FRONT_Y << 4) | BLANK.SYNC_Y], 8);
  // Digital separate sync, both positive.
  bytes[17] = 0x1e;
  return bytes;
}

/** A name descriptor: text, a line feed, blanks. */
function text(name: string): Uint8Array {
  const bytes = new Uint8Array(DESCRIPTOR.BYTES);
  bytes[3] = DESCRIPTOR.NAME;
  const line = `${name.slice(0, DESCRIPTOR.TEXT - 1)}\n`.padEnd(DESCRIPTOR.TEXT, ' ');
  bytes.set(
    [...line].map((letter) => letter.charCodeAt(0)),
    5,
  );
  return bytes;
}
