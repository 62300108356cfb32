import { describe, expect, it } from 'vitest';
import { run, runLine } from './index.ts';

describe('a packet as large as its ring', () => {
  it.each(['poll', 'pending'] as const)(
    'is sent while it fits, and refused by name from there on: %s',
    (room) => {
      const most = { ring: 4096, payload: 4096 - 32, packets: 3, room };
      expect(run('vsp-vsc', most).metrics).toMatchObject({ delivered: 3, stuck: 0 });
      expect(() => run('vsp-vsc', { ...most, payload: most.payload + 8 })).toThrow(/payload.* never fits/);
    },
  );
});

describe('the log of the ring', () => {
  it.each(['vsp-vsc?burst=4&packets=16', 'vsp-vsc?burst=64&drain=20000', 'vsp-vsc?rule=no-recheck'])(
    'moves one index at a time, never holds more than the run saw, and ends where the ring ends: %s',
    (line) => {
      const { logs, series, metrics } = runLine(line);
      const [{ at, values }] = logs ?? [];
      const [size, read, write] = series[0].values;
      expect(at.length).toBe(metrics.packets + metrics.delivered);
      expect([...at].sort((p, q) => p - q)).toEqual(at);
      expect([values[0].at(-1), values[1].at(-1)]).toEqual([read, write]);
      for (let i = 1; i < at.length; i++) {
        const moved = [0, 1].filter((index) => values[index][i] !== values[index][i - 1]);
        expect(moved.length).toBeLessThanOrEqual(1);
        expect((values[1][i] - values[0][i] + size) % size).toBeLessThanOrEqual(metrics.fullest);
      }
    },
  );
});
