/** Both ends of the integration services, over real channels. */
import { describe, expect, it } from 'vitest';
import type { IntegrationOptions } from '../guest/integration.ts';
import type { KvpResult } from '../host/vsp/kvp.ts';
import type { HostServices } from '../lab/integration.ts';
import { ServicedMachine } from '../lab/integration.ts';
import { Lab } from '../lab/lab.ts';
import { IC_STATUS, icVersionText, KVP_POOL } from '../wire/ic-codes.ts';

const ALL: HostServices = { heartbeat: {}, shutdown: true, timesync: {}, kvp: {}, vss: true };

function serviced(offered: HostServices = ALL, options: IntegrationOptions = {}): ServicedMachine {
  const serviced = new ServicedMachine(new Lab(1).machine({ era: '2020' }), offered);
  expect(serviced.boot(options)).toBe('ready');
  return serviced;
}

describe('negotiation', () => {
  it('ends with the newest version that both speak', () => {
    const one = serviced();
    one.live();
    one.runFor(1);
    expect(one.offered.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'ready', 'ready']);
    expect(one.offered.map(({ version }) => icVersionText(version))).toEqual([
      '3.0',
      '3.2',
      '4.0',
      '4.0',
      '5.0',
    ]);
    expect(one.offered.map(({ framework }) => icVersionText(framework))).toEqual(Array(5).fill('3.0'));
  });

  it('of the data exchange waits for the daemon, 55 seconds at most', () => {
    const one = serviced({ kvp: {} }, { kvp: { seconds: 0.01, trouble: 'gone' } });
    one.live();
    const booted = one.seconds;
    one.runFor(54 - booted);
    expect(one.kvp?.state).toBe('negotiating');
    one.runFor(2);
    expect(one.kvp?.state).toBe('ready');
  });
});

describe('heartbeat', () => {
  it('goes every other second and comes back plus one', () => {
    const one = serviced({ heartbeat: {} });
    one.live();
    one.runFor(19);
    expect(one.heartbeat?.contact).toBe('ok');
    expect(one.heartbeat?.wrongNumbers).toBe(0);
    expect(one.heartbeat?.counts).toMatchObject({ sent: 11, answered: 10, timeouts: 0, stray: 0 });
    expect(one.services.heartbeat?.counters).toMatchObject({ negotiations: 1, requests: 10, answers: 11 });
  });

  it('is missed while the kernel hangs, and heard again after', () => {
    const changes: string[] = [];
    const one = serviced({ heartbeat: { onChange: (contact) => changes.push(contact) } });
    one.live(() => one.services.hangAfter(5, 20));
    one.runFor(40);
    expect(changes).toEqual(['ok', 'lost', 'ok']);
    expect(one.heartbeat?.lost).toBe(1);
    expect(one.heartbeat?.counts.timeouts).toBeGreaterThan(5);
  });

  it('survives a ring that a hanging guest lets fill up', () => {
    const one = serviced({ heartbeat: {} });
    one.live(() => one.services.hangAfter(5, 600));
    one.runFor(650);
    expect(one.heartbeat?.contact).toBe('ok');
    expect(one.heartbeat?.counts.sent).toBeLessThan(200);
  });
});

describe('shutdown', () => {
  it('is answered before it is done', () => {
    const one = serviced({ shutdown: true });
    one.live();
    one.runFor(1);
    expect(one.shutdown?.request({ timeoutSeconds: 60, message: 'maintenance' })).toBe('sent');
    one.runFor(1);
    expect(one.shutdown?.outcome).toBe('accepted');
    expect(one.guest.state).toBe('ready');
    one.runFor(20);
    expect(one.guest.state).toBe('shut-down');
    expect(one.shutdown?.outcome).toBe('off');
    expect(one.shutdown?.endedAt).toBeGreaterThan(one.shutdown?.answeredAt ?? Infinity);
  });

  it('ends at the time-out when the kernel hangs', () => {
    const one = serviced({ shutdown: true });
    one.live(() => one.services.hangAfter(0.1, 300));
    one.runFor(1);
    one.shutdown?.request({ timeoutSeconds: 60 });
    one.runFor(61);
    expect(one.shutdown?.outcome).toBe('unanswered');
  });

  it('by hibernation is refused', () => {
    const one = serviced({ shutdown: true });
    one.live();
    one.runFor(1);
    one.shutdown?.request({ timeoutSeconds: 60, action: 'hibernate' });
    one.runFor(1);
    expect(one.shutdown?.outcome).toBe('refused');
    expect(one.shutdown?.status).toBe(IC_STATUS.E_FAIL);
  });
});

describe('data exchange', () => {
  function ask(
    one: ServicedMachine,
    requests: Parameters<NonNullable<ServicedMachine['kvp']>['exchange']>[0][],
  ): KvpResult[] {
    const results: KvpResult[] = [];
    for (const request of requests) one.kvp?.exchange(request, (result) => results.push(result));
    return results;
  }

  it('sets, gets, enumerates and deletes, and keeps numbers as text', () => {
    const one = serviced({ kvp: {} });
    one.live();
    const pool = KVP_POOL.EXTERNAL;
    const results = ask(one, [
      { operation: 'set', pool, key: 'colour', value: { type: 'text', text: 'blau' } },
      { operation: 'set', pool, key: 'size', value: { type: 'u64', number: 1n << 40n } },
      { operation: 'get', pool, key: 'colour' },
      { operation: 'enumerate', pool, index: 1 },
      { operation: 'enumerate', pool, index: 2 },
      { operation: 'delete', pool, key: 'colour' },
      { operation: 'get', pool, key: 'colour' },
      { operation: 'get', pool: 9, key: 'colour' },
    ]);
    one.runFor(2);
    expect(results.map(({ kind }) => kind)).toEqual([
      'done',
      'done',
      'done',
      'done',
      'no-more',
      'done',
      'failed',
      'failed',
    ]);
    expect(results[2]).toMatchObject({ value: { type: 'text', text: 'blau' } });
    expect(results[3]).toMatchObject({ key: 'size', value: { type: 'text', text: String(1n << 40n) } });
  });

  it('reads the guest’s own pool to its end', () => {
    const one = serviced({ kvp: {} });
    one.live();
    let read: { end: string; entries: readonly unknown[] } | undefined;
    one.kvp?.enumerate(KVP_POOL.AUTO, (entries) => {
      read = entries;
    });
    one.runFor(2);
    expect(read?.end).toBe('no-more');
    expect(read?.entries).toHaveLength(10);
  });

  it('sends nothing that is too long', () => {
    const one = serviced({ kvp: {} });
    one.live();
    const [first, second, third] = [255, 256, 300].map((length) =>
      ask(one, [{ operation: 'get', pool: 0, key: 'k'.repeat(length) }]),
    );
    one.runFor(1);
    expect([first, second, third].map(([result]) => result.kind)).toEqual(['failed', 'too-long', 'too-long']);
  });

  it('fails after thirty seconds when the daemon hangs', () => {
    const one = serviced({ kvp: {} }, { kvp: { seconds: 0.01, trouble: 'hung' } });
    one.live();
    const results = ask(one, [{ operation: 'get', pool: 2, key: 'OSName' }]);
    one.runFor(29);
    expect(results).toEqual([]);
    one.runFor(2);
    expect(results).toEqual([{ kind: 'failed', status: IC_STATUS.E_FAIL }]);
  });

  it('takes a late reply for the answer to the next question', () => {
    const one = serviced({ kvp: {} }, { kvp: { seconds: 0.01, trouble: 'late', late: 40 } });
    one.live();
    const results = ask(one, [
      { operation: 'get', pool: 2, key: 'OSName' },
      { operation: 'get', pool: 2, key: 'OSMajorVersion' },
    ]);
    one.runFor(100);
    expect(results[0]).toMatchObject({ kind: 'failed' });
    expect(results[1]).toMatchObject({ kind: 'done', value: { text: 'Debian GNU/Linux' } });
    expect(one.services.kvp?.spurious).toBe(1);
  });

  it('without a daemon is not answered, and the host’s patience ends it', () => {
    const one = serviced({ kvp: {} }, { kvp: { seconds: 0.01, trouble: 'gone', after: 1 } });
    one.live();
    const results = ask(
      one,
      [1, 2].map(() => ({ operation: 'get', pool: 2, key: 'OSName' }) as const),
    );
    one.runFor(40);
    expect(results.map(({ kind }) => kind)).toEqual(['done', 'time-out']);
  });
});

describe('backup', () => {
  it('freezes, copies, thaws', () => {
    const one = serviced({ vss: true });
    one.live();
    one.runFor(1);
    let frozen: boolean | undefined;
    one.vss?.backUp({
      snapshotSeconds: 10,
      onSnapshot: () => {
        frozen = one.services.vss?.fileSystems.frozen;
      },
    });
    one.runFor(20);
    expect(frozen).toBe(true);
    expect(one.vss?.report).toMatchObject({ outcome: 'done', snapshots: 1, thawsSent: 1 });
    expect(one.services.vss?.fileSystems).toMatchObject({ frozen: false, freezes: 1, thaws: 1 });
  });

  it.each([
    ['hung', 905],
    ['gone', 1],
  ] as const)('thaws also when the daemon is %s before the freeze', (trouble, seconds) => {
    const one = serviced({ vss: true }, { vss: { seconds: 0.1, trouble, after: 1 } });
    one.live();
    one.runFor(1);
    one.vss?.backUp({ snapshotSeconds: 10 });
    one.runFor(seconds + 120);
    expect(one.vss?.report).toMatchObject({ snapshots: 0, thawsSent: 3, outcome: 'thaw-unconfirmed' });
    expect(one.services.vss?.fileSystems.frozen).toBe(false);
  });

  it('finds the thaw behind a freeze that comes late', () => {
    const one = serviced({ vss: true }, { vss: { seconds: 0.1, trouble: 'late', after: 1, late: 1000 } });
    one.live();
    one.runFor(1);
    one.vss?.backUp({ snapshotSeconds: 10 });
    one.runFor(5000);
    expect(one.vss?.report?.snapshots).toBe(0);
    expect(one.services.vss?.fileSystems).toMatchObject({ frozen: false, freezes: 1 });
    expect(one.services.vss?.fileSystems.thaws).toBeGreaterThan(0);
  });

  it('leaves the guest frozen when the host forgets the thaw', () => {
    const one = serviced({ vss: true });
    one.live();
    one.runFor(1);
    one.vss?.backUp({ snapshotSeconds: 1, forgetThaw: true });
    one.runFor(600);
    expect(one.services.vss?.fileSystems.frozen).toBe(true);
    expect(one.vss?.report?.outcome).toBe('thaw-unconfirmed');
  });

  it('does not touch the heartbeat', () => {
    const one = serviced(ALL, { vss: { seconds: 0.1, trouble: 'hung', after: 1 } });
    one.live();
    one.runFor(1);
    one.vss?.backUp({ snapshotSeconds: 1 });
    one.runFor(100);
    expect(one.heartbeat?.contact).toBe('ok');
    expect(one.heartbeat?.counts.timeouts).toBe(0);
  });
});
