import { describe, expect, it } from 'vitest';
import { FrameBuffer } from './display.ts';

const MODE = { width: 4, height: 2, pitch: 16, depth: 32, offset: 0 };

function buffer(): { memory: { u8: Uint8Array }; picture: FrameBuffer } {
  const memory = { u8: new Uint8Array(4096) };
  const picture = new FrameBuffer(memory, 2048);
  expect(picture.move(1024)).toBe(true);
  return { memory, picture };
}

describe('a frame buffer', () => {
  it('is nothing before it has a place and a mode', () => {
    const picture = new FrameBuffer({ u8: new Uint8Array(64) }, 64);
    expect(picture.toRgba()).toBeUndefined();
    expect(picture.show(MODE)).toBe(false);
    expect(picture.touch([{ left: 0, top: 0, right: 1, bottom: 1 }])).toBe(0);
  });

  it('reads 32 bits as blue, green, red', () => {
    const { memory, picture } = buffer();
    expect(picture.show(MODE)).toBe(true);
    memory.u8.set([1, 2, 3, 99], 1024 + 16 + 4);
    const part = picture.toRgba({ left: 1, top: 1, right: 2, bottom: 2 });
    expect(part?.rect).toEqual({ left: 1, top: 1, right: 2, bottom: 2 });
    expect([...(part?.pixels ?? [])]).toEqual([3, 2, 1, 255]);
  });

  it('reads 16 bits as five, six and five, full as full', () => {
    const { memory, picture } = buffer();
    expect(picture.show({ ...MODE, depth: 16, pitch: 8 })).toBe(true);
    new DataView(memory.u8.buffer).setUint16(1024, 0b11111_000000_00001, true);
    expect([...(picture.toRgba()?.pixels.slice(0, 8) ?? [])]).toEqual([255, 0, 8, 255, 0, 0, 0, 255]);
  });

  it('keeps rows apart by the pitch, and begins at the offset', () => {
    const { memory, picture } = buffer();
    picture.show({ ...MODE, pitch: 100, offset: 8 });
    memory.u8[1024 + 8 + 100 + 2] = 200;
    expect(picture.toRgba({ left: 0, top: 1, right: 1, bottom: 2 })?.pixels[0]).toBe(200);
  });

  it('fits to the last byte and not one more', () => {
    const { picture } = buffer();
    const rows = { ...MODE, width: 1, pitch: 4 };
    expect(picture.show({ ...rows, height: 512 })).toBe(true);
    expect(picture.show({ ...rows, height: 513 })).toBe(false);
    picture.move(4096 - 8);
    expect(picture.show({ ...rows, height: 2 })).toBe(true);
    expect(picture.show({ ...rows, height: 2, offset: 1 })).toBe(false);
  });

  it('has nothing to show when memory has shrunk under it', () => {
    const { memory, picture } = buffer();
    picture.show(MODE);
    memory.u8 = new Uint8Array(1030);
    expect(picture.toRgba()).toBeUndefined();
  });

  it('says what changed once', () => {
    const { picture } = buffer();
    picture.show(MODE);
    expect(picture.takeDamage()).toEqual([{ left: 0, top: 0, right: 4, bottom: 2 }]);
    expect(picture.takeDamage()).toEqual([]);
    expect(
      picture.touch([
        { left: 3, top: 0, right: 9, bottom: 1 },
        { left: 4, top: 0, right: 9, bottom: 1 },
      ]),
    ).toBe(1);
    expect(picture.takeDamage()).toEqual([{ left: 3, top: 0, right: 4, bottom: 1 }]);
  });
});
