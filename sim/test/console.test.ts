/** Keyboard, mouse and screen with both ends: the host's devices and drivers that follow Linux'. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invariant } from '../core/errors.ts';
import { ConsoleMachine } from '../lab/console.ts';
import { Lab } from '../lab/lab.ts';
import { KEYSTROKE, MOUSE_BUTTON, MOUSE_REPORT_DESCRIPTOR } from '../wire/input-codes.ts';
import { SYNTHVID_VERSION } from '../wire/synthvid-codes.ts';

const { vectors } = JSON.parse(
  readFileSync(new URL('../wire/golden/vectors.json', import.meta.url), 'utf8'),
) as { vectors: { name: string; hex: string }[] };

function machine(
  host: ConstructorParameters<typeof ConsoleMachine>[1] = {},
  guest: Parameters<ConsoleMachine['boot']>[0] = {},
): ConsoleMachine {
  const one = new ConsoleMachine(new Lab(1).machine({ era: '2020', memory: 32 << 20 }), host);
  expect(one.boot(guest)).toEqual({ keyboard: true, mouse: true, video: true });
  return one;
}

describe('the keyboard', () => {
  it('brings every key as the bytes of a PC keyboard', () => {
    const one = machine();
    for (const [code, down] of [
      [0x1e, true],
      [0x1e, false],
      [0xe048, true],
      [0xe048, false],
      [0xe11d, true],
      [0xe11d, false],
    ] as const)
      expect(one.keyboard.key(code, down)).toBe(true);
    one.live();
    expect(one.keys.bytes).toEqual([0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8, 0xe1, 0x1d, 0xe1, 0x9d]);
    expect(one.keys.counters.ignored).toBe(0);
  });

  it('types text, with shift where it is needed', () => {
    const one = machine();
    // é has no key.
    expect(one.keyboard.type('aA é1\n')).toBe(true);
    one.live();
    const [a, shift, blank] = [0x1e, 0x2a, 0x39];
    expect(one.keys.bytes).toEqual([
      ...[a, a | 0x80],
      ...[shift, a, a | 0x80, shift | 0x80],
      ...[blank, blank | 0x80],
      ...[0x02, 0x82, 0x1c, 0x9c],
    ]);
  });

  it('sends a character by its number, which Linux takes for a key', () => {
    const one = machine();
    one.keyboard.character(0x20ac, true);
    one.live();
    expect(one.keys.bytes).toEqual([0xac]);
    expect(KEYSTROKE.UNICODE).toBe(1);
  });

  it('wakes the guest once for a burst of keys', () => {
    const one = machine();
    const before = one.keys.channel.counters.interrupts;
    one.keyboard.type('the quick brown fox');
    one.live();
    expect(one.keys.bytes).toHaveLength(38);
    expect(one.keys.channel.counters.interrupts - before).toBeLessThan(38);
  });
});

describe('the mouse', () => {
  it('describes itself as the golden vector does', () => {
    const one = machine();
    expect([one.hid.vendor, one.hid.product]).toEqual([0x045e, 0x0621]);
    const vector = vectors.find(({ name }) => name === 'hid_initial_device_info');
    invariant(vector, 'the golden vector is there');
    const golden = Buffer.from(vector.hex, 'hex').subarray(57);
    expect(Buffer.from(one.hid.descriptor).toString('hex')).toBe(golden.toString('hex'));
    expect(MOUSE_REPORT_DESCRIPTOR).toHaveLength(67);
  });

  it('moves, presses and scrolls; what is off the screen is at its edge', () => {
    const one = machine();
    one.mouse.move(100, 200);
    one.mouse.move(0x1234, 0x5678, MOUSE_BUTTON.LEFT | MOUSE_BUTTON.RIGHT);
    one.mouse.move(-5, 99_999, 0, -1);
    one.live();
    expect(one.hid.reports).toEqual([
      { buttons: 0, x: 100, y: 200, wheel: 0 },
      { buttons: 3, x: 0x1234, y: 0x5678, wheel: 0 },
      { buttons: 0, x: 0, y: 32_767, wheel: -1 },
    ]);
  });
});

describe('the screen', () => {
  it('comes up in the mode that the host prefers', () => {
    const one = machine({ resolutions: [[640, 480]] });
    one.live();
    expect(one.screen).toMatchObject({ version: SYNTHVID_VERSION.WIN10, width: 640, height: 480 });
    expect(one.video.picture.mode).toEqual({ width: 640, height: 480, pitch: 2560, depth: 32, offset: 0 });
    expect(one.video.picture.address).toBe(one.screen.address);
    expect(one.video.pointer.image).toMatchObject({ width: 1, height: 1, colour: true });
  });

  it('falls back to 3.2 with an old host, and chooses its mode itself', () => {
    const one = machine({ newestVersion: SYNTHVID_VERSION.WIN8 }, { mode: [320, 200] });
    expect(one.screen).toMatchObject({ version: SYNTHVID_VERSION.WIN8, width: 320, height: 200 });
  });

  it('does not come up without a common version', () => {
    const lab = new Lab(1).machine({ era: '2020', memory: 32 << 20 });
    const one = new ConsoleMachine(lab, { newestVersion: SYNTHVID_VERSION.WIN7 });
    expect(one.boot()).toEqual({ keyboard: true, mouse: true, video: false });
    expect(one.screen.channel.state).toBe('closed');
  });

  it('shows what the guest draws, and exactly there', () => {
    const one = machine({ resolutions: [[64, 48]] });
    const { cpu } = one.machine;
    one.live();
    one.video.picture.takeDamage();
    one.machine.startMeasuring();
    cpu.finish(one.screen.fill(cpu, 10, 20, 4, 2, 0x11_22_33));
    one.live();
    expect(one.video.picture.takeDamage()).toEqual([{ left: 10, top: 20, right: 14, bottom: 22 }]);
    const whole = one.video.picture.toRgba();
    const lit = Array.from({ length: 64 * 48 }, (_, i) => i).filter((i) => whole?.pixels[4 * i] === 0x11);
    expect(lit).toEqual([20, 21].flatMap((y) => [10, 11, 12, 13].map((x) => y * 64 + x)));
    expect([...(whole?.pixels.slice(4 * lit[0], 4 * lit[0] + 4) ?? [])]).toEqual([0x11, 0x22, 0x33, 0xff]);
    // Eight pixels, and the guest left for the host once: to say so.
    const { tallies, deviceIntercepts } = one.machine.measured();
    expect(tallies.signals).toBe(1);
    expect(deviceIntercepts).toBe(0);
    expect(one.video.video).toMatchObject({ dirt: 1, rectangles: 1, refusedRectangles: 0, refused: 0 });
  });

  it('with nobody watching, hears nothing; the guest goes on drawing', () => {
    const one = machine({ resolutions: [[64, 48]] });
    const { cpu } = one.machine;
    one.video.watch({ dirt: false, pointerPosition: false, pointerShape: false, situation: true });
    one.live();
    cpu.finish(one.screen.fill(cpu, 0, 0, 8, 8, 0xff));
    one.live();
    expect(one.screen.unsaid).toBe(1);
    expect(one.video.video.dirt).toBe(0);
    one.video.watch({ dirt: true, pointerPosition: true, pointerShape: true, situation: true });
    one.live();
    cpu.finish(one.screen.fill(cpu, 8, 8, 8, 8, 0xff));
    one.live();
    expect(one.video.video.dirt).toBe(1);
  });

  it('tells a guest that comes later what the viewer wants', () => {
    const lab = new Lab(1).machine({ era: '2020', memory: 32 << 20 });
    const one = new ConsoleMachine(lab, { resolutions: [[64, 48]] });
    one.video.watch({ dirt: false, pointerPosition: true, pointerShape: true, situation: true });
    one.boot();
    one.live();
    expect(one.screen.dirtNeeded).toBe(false);
  });
});
