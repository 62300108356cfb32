import { describe, expect, it } from 'vitest';
import { run } from './index.ts';

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
