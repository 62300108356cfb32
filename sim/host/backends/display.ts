/**
 * What a viewer sees of a guest: a picture in the guest's own memory, and which parts of it changed since somebody last looked.
 *
 * The guest draws by writing bytes; nothing exits and nothing is copied until a viewer wants pixels. Everything that the guest says about
 * the picture is checked before: it lies in memory as a whole, or it is not shown.
 */

/** A rectangle of pixels; right and bottom lie outside it. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How the bytes of a picture are to be read. */
export interface PictureMode {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Bytes from one row to the next. */
  readonly pitch: number;
  /** Bits of a pixel: 32 is blue, green, red, nothing; 16 is five bits of red, six of green, five of blue. */
  readonly depth: number;
  /** Bytes from the place of the picture to its first row. */
  readonly offset: number;
}

/** Bytes that a picture can lie in, by address. `u8` may be another object after memory has grown. */
export interface PictureMemory {
  readonly u8: Uint8Array;
}

/** Rectangles that are remembered one by one; when more come, they are remembered as the one that holds them all. */
const MOST_RECTANGLES = 32;
const OPAQUE = 0xff;

/** The picture. */
export class FrameBuffer {
  private readonly memory: PictureMemory;
  private readonly mostBytes: number;
  private place: number | undefined;
  private shown: PictureMode | undefined;
  private damage: Rect[] = [];

  /** `mostBytes`: the memory of the graphics adapter. */
  constructor(memory: PictureMemory, mostBytes: number) {
    this.memory = memory;
    this.mostBytes = mostBytes;
  }

  /** How the picture is read; `undefined` while there is none. */
  get mode(): PictureMode | undefined {
    return this.shown;
  }

  /** Address of the picture; `undefined` while there is none. */
  get address(): number | undefined {
    return this.place;
  }

  /** Looks for the picture at another address, or nowhere. False, and there is no picture, when the address is not one of memory. */
  move(address: number | undefined): boolean {
    this.blank();
    this.place = undefined;
    if (address === undefined) return true;
    if (!(address >= 0 && address < this.memory.u8.length)) return false;
    this.place = address;
    return true;
  }

  /** Shows the picture in this mode. False, and nothing changes, when a row would lie outside memory or the mode makes no sense. */
  show(mode: PictureMode): boolean {
    const { width, height, pitch, depth, offset } = mode;
    if (this.place === undefined || width < 1 || height < 1 || ![16, 32].includes(depth)) return false;
    const bytes = offset + pitch * (height - 1) + (width * depth) / 8;
    if (pitch * 8 < width * depth || bytes > this.mostBytes) return false;
    if (this.place + bytes > this.memory.u8.length) return false;
    this.shown = mode;
    this.touch([{ left: 0, top: 0, right: width, bottom: height }]);
    return true;
  }

  /** Shows nothing. */
  blank(): void {
    this.shown = undefined;
    this.damage = [];
  }

  /** These parts changed. What lies off the screen is cut off; how many rectangles were left is returned. */
  touch(rects: readonly Rect[]): number {
    const inside = rects.map((rect) => this.clip(rect)).filter((rect) => rect !== undefined);
    this.damage.push(...inside);
    if (this.damage.length > MOST_RECTANGLES) this.damage = [around(this.damage)];
    return inside.length;
  }

  /** What changed since the last call. */
  takeDamage(): Rect[] {
    return this.damage.splice(0);
  }

  /** Pixels of a part of the picture, row by row, four bytes each: what a canvas takes. Empty when there is nothing of it on the screen. */
  toRgba(part?: Rect): { readonly rect: Rect; readonly pixels: Uint8ClampedArray } | undefined {
    const { shown, place } = this;
    if (!shown || place === undefined) return undefined;
    const rect = this.clip(part ?? { left: 0, top: 0, right: shown.width, bottom: shown.height });
    // Memory may have shrunk since, as when its bytes were replaced by others.
    const end = place + shown.offset + shown.pitch * (shown.height - 1) + (shown.width * shown.depth) / 8;
    if (!rect || end > this.memory.u8.length) return undefined;
    const pixels = new Uint8ClampedArray(4 * (rect.right - rect.left) * (rect.bottom - rect.top));
    const row = shown.depth === 32 ? row32 : row16;
    let at = 0;
    for (let y = rect.top; y < rect.bottom; y++) {
      const from = place + shown.offset + y * shown.pitch + (rect.left * shown.depth) / 8;
      row(this.memory.u8, from, rect.right - rect.left, pixels, at);
      at += 4 * (rect.right - rect.left);
    }
    return { rect, pixels };
  }

  /** The part of a rectangle that lies on the screen; `undefined` when there is none or the rectangle is inside out. */
  private clip(rect: Rect): Rect | undefined {
    if (!this.shown) return undefined;
    const { width, height } = this.shown;
    const left = Math.max(0, rect.left);
    const top = Math.max(0, rect.top);
    const right = Math.min(width, rect.right);
    const bottom = Math.min(height, rect.bottom);
    return left < right && top < bottom ? { left, top, right, bottom } : undefined;
  }
}

function around(rects: readonly Rect[]): Rect {
  return rects.reduce((all, { left, top, right, bottom }) => ({
    left: Math.min(all.left, left),
    top: Math.min(all.top, top),
    right: Math.max(all.right, right),
    bottom: Math.max(all.bottom, bottom),
  }));
}

type Row = (bytes: Uint8Array, from: number, count: number, into: Uint8ClampedArray, at: number) => void;

const row32: Row = (bytes, from, count, into, at) => {
  for (let i = 0; i < count; i++) {
    const pixel = from + 4 * i;
    into[at + 4 * i] = bytes[pixel + 2];
    into[at + 4 * i + 1] = bytes[pixel + 1];
    into[at + 4 * i + 2] = bytes[pixel];
    into[at + 4 * i + 3] = OPAQUE;
  }
};

const row16: Row = (bytes, from, count, into, at) => {
  for (let i = 0; i < count; i++) {
    const pixel = bytes[from + 2 * i] | (bytes[from + 2 * i + 1] << 8);
    into[at + 4 * i] = spread(pixel >>> 11, 5);
    into[at + 4 * i + 1] = spread((pixel >>> 5) & 0x3f, 6);
    into[at + 4 * i + 2] = spread(pixel & 0x1f, 5);
    into[at + 4 * i + 3] = OPAQUE;
  }
};

/** A colour of a few bits as one of eight: the highest bits are repeated, so that full stays full. */
const spread = (value: number, bits: number): number => (value << (8 - bits)) | (value >>> (2 * bits - 8));
