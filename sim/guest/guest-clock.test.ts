import { describe, expect, it } from 'vitest';
import { MAX_SLEW, WallClock } from './guest-clock.ts';

describe('a wall clock', () => {
  it('that counts ticks stands still between them', () => {
    const clock = new WallClock('ticks', 'ignore', 100_000, () => 0);
    clock.set(1_000_000n);
    clock.tick();
    clock.tick();
    expect(clock.read()).toBe(1_200_000n);
  });

  it('that reads a counter goes on without them', () => {
    let counter = 500;
    const clock = new WallClock('counter', 'ignore', 100_000, () => counter);
    clock.set(1_000_000n);
    counter += 70;
    expect(clock.read()).toBe(1_000_070n);
  });

  it('is set by an order whatever it thinks of hints, and counts what takes it back', () => {
    const clock = new WallClock('ticks', 'ignore', 100_000, () => 0);
    clock.set(1000n);
    clock.sample(5000n);
    expect(clock.read()).toBe(1000n);
    clock.set(900n);
    expect(clock).toMatchObject({ steps: 2, backwards: 1, samples: 1 });
  });

  it('is brought near by so much a tick, and no further', () => {
    const clock = new WallClock('ticks', 'slew', 100_000, () => 0);
    clock.set(0n);
    clock.sample(120n);
    const most = BigInt(Math.round(100_000 * MAX_SLEW));
    clock.tick();
    expect(clock.read()).toBe(100_000n + most);
    for (let i = 0; i < 9; i++) clock.tick();
    expect(clock.read()).toBe(1_000_120n);
  });
});
