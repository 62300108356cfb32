/**
 * The guest's mouse pointer as a viewer is to draw it: where it is, and what it looks like.
 *
 * A large pointer comes in parts, numbered from 0; the last one has the number 255. A part out of turn, or bytes that do not add up to
 * the pointer's size, and the old pointer stays.
 */
import { SYNTHVID_LIMIT, SYNTHVID_SHAPE_BYTES } from '../../wire/synthvid-codes.ts';

/** What a pointer looks like. */
export interface PointerShape {
  readonly width: number;
  readonly height: number;
  /** The pixel that points. */
  readonly hotX: number;
  readonly hotY: number;
  /** Four bytes a pixel, or two masks of one bit a pixel. */
  readonly colour: boolean;
  readonly pixels: Uint8Array;
}

/** The pointer. */
export class Pointer {
  /** Upper left corner of the image, pixels of the screen; may lie off it. */
  x = 0;
  y = 0;
  visible = false;
  image: PointerShape | undefined;
  private parts = 0;
  private gathered = 0;
  private readonly buffer = new Uint8Array(SYNTHVID_LIMIT.CURSOR_MAX_SIZE);

  forget(): void {
    this.visible = false;
    this.image = undefined;
    this.parts = 0;
    this.gathered = 0;
  }

  /** A position as the guest sent it. False when it is cut off. */
  place(body: DataView): boolean {
    if (body.byteLength < 10) return false;
    this.visible = body.getUint8(0) !== 0;
    this.x = body.getInt32(2, true);
    this.y = body.getInt32(6, true);
    return true;
  }

  /** A shape or a part of one, at least {@link SYNTHVID_SHAPE_BYTES} long. False when it cannot be shown. */
  shape(body: DataView): boolean {
    const part = body.getUint8(0);
    const [width, height, hotX, hotY] = [2, 6, 10, 14].map((at) => body.getUint32(at, true));
    const { CURSOR_MAX_X, CURSOR_MAX_Y, CURSOR_COMPLETE } = SYNTHVID_LIMIT;
    const inTurn = part === CURSOR_COMPLETE || part === this.parts;
    const small = width >= 1 && height >= 1 && width <= CURSOR_MAX_X && height <= CURSOR_MAX_Y;
    if (!inTurn || !small || !this.gather(body)) return this.startAnew();
    this.parts++;
    if (part !== CURSOR_COMPLETE) return true;
    const colour = body.getUint8(1) !== 0;
    const size = colour ? 4 * width * height : 2 * height * Math.ceil(width / 8);
    if (this.gathered < size) return this.startAnew();
    const [x, y] = [Math.min(hotX, width - 1), Math.min(hotY, height - 1)];
    this.image = { width, height, hotX: x, hotY: y, colour, pixels: this.buffer.slice(0, size) };
    this.startAnew();
    return true;
  }

  private gather(body: DataView): boolean {
    const size = body.byteLength - SYNTHVID_SHAPE_BYTES;
    if (this.gathered + size > this.buffer.length) return false;
    this.buffer.set(new Uint8Array(body.buffer, body.byteOffset + SYNTHVID_SHAPE_BYTES, size), this.gathered);
    this.gathered += size;
    return true;
  }

  private startAnew(): false {
    this.parts = 0;
    this.gathered = 0;
    return false;
  }
}
