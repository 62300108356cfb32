import { describe, expect, it } from 'vitest';
import { Engine } from '../../core/engine.ts';
import { SharedEvents } from './shared-events.ts';

/** An engine with one kind of shared event that notes who rode when. */
function site() {
  const engine = new Engine();
  const seen: [slot: number, at: number][] = [];
  const events = new SharedEvents(engine, 'test', (slot) => {
    seen.push([slot, engine.now]);
  });
  return { engine, events, seen };
}

describe('shared events', () => {
  it('carry all that were posted one after the other for one time, in their order', () => {
    const { engine, events, seen } = site();
    for (const slot of [3, 0, 2]) events.post(5, slot);
    expect(engine.run().events).toBe(1);
    expect(seen).toEqual([
      [3, 5],
      [0, 5],
      [2, 5],
    ]);
  });

  it('keep different times apart', () => {
    const { engine, events, seen } = site();
    events.post(7, 0);
    events.post(5, 1);
    events.post(7, 2);
    expect(engine.run().events).toBe(3);
    expect(seen).toEqual([
      [1, 5],
      [0, 7],
      [2, 7],
    ]);
  });

  it('begin anew once they have run, at the same instant too', () => {
    const engine = new Engine();
    const seen: number[] = [];
    const events: SharedEvents = new SharedEvents(engine, 'test', (slot) => {
      seen.push(slot);
      if (seen.length < 5) events.post(engine.now, slot);
    });
    events.post(1, 0);
    events.post(1, 1);
    engine.run();
    expect(seen).toEqual([0, 1, 0, 1, 0, 1]);
    expect(engine.now).toBe(1);
  });
});
