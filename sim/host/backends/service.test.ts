import { describe, expect, it } from 'vitest';
import { Engine } from '../../core/engine.ts';
import { SimBug } from '../../core/errors.ts';
import { Streams } from '../../core/rng.ts';
import { MemoryDisk } from './disk.ts';
import { DiskService, type DiskServiceOptions } from './service.ts';
import { DISK_MODELS, type DiskModel, SERVICE_COSTS, serviceTable } from './service-models.ts';
import { contents, firstDifference, pattern, random } from './testing.ts';

/** One cycle per nanosecond, so that times can be read off. */
const COSTS = { hz: 1e9 };
const SECTORS = 2 ** 21;

function make(model: DiskModel, options: DiskServiceOptions = {}) {
  const engine = new Engine();
  const rng = new Streams(3).stream('disk.service');
  return { engine, service: new DiskService(engine, rng, model, COSTS, { sectors: SECTORS, ...options }) };
}

/** Cycles that `count` requests take one after the other; `place` gives each its address. */
function serially(
  model: DiskModel,
  count: number,
  place: (i: number) => number,
  options: DiskServiceOptions = {},
): number {
  const { engine, service } = make(model, options);
  let i = 0;
  const next = () => {
    if (i < count) service.submit('read', place(i++), 8, next);
  };
  next();
  engine.run();
  expect(service.completed).toBe(count);
  return engine.now;
}

describe('service times', () => {
  it('memory answers at the same cycle, but not inside submit', () => {
    const { engine, service } = make('memory');
    let done = false;
    service.submit('write', 0, 256, () => {
      done = true;
    });
    expect(done).toBe(false);
    engine.run();
    expect([done, engine.now]).toEqual([true, 0]);
  });

  it.each(DISK_MODELS.filter((m) => m !== 'memory'))(
    '%s: random reads take the calibrated mean, within its range',
    (model) => {
      const next = random(5);
      const mean = serially(model, 4000, () => next(SECTORS - 8)) / 4000;
      const { value, low, high } = serviceTable(model).read;
      expect(mean).toBeGreaterThan(low);
      expect(mean).toBeLessThan(high);
      expect(Math.abs(mean / value - 1)).toBeLessThan(0.25);
    },
  );

  it('sas15k: low and high move the mean to the ends of its range', () => {
    const mean = (bound: 'low' | 'high') => {
      const next = random(5);
      return serially('sas15k', 2000, () => next(SECTORS - 8), { bound }) / 2000;
    };
    const { low, high } = serviceTable('sas15k').read;
    expect(Math.abs(mean('low') / low - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean('high') / high - 1)).toBeLessThan(0.05);
  });

  it('sas15k: sequential is at least 20 times as fast as random, and a short seek is faster than a long one', () => {
    const sequential = serially('sas15k', 500, (i) => i * 8);
    const near = serially('sas15k', 500, (i) => (i % 2) * 1000);
    const far = serially('sas15k', 500, (i) => (i % 2) * (SECTORS - 8));
    expect(far / sequential).toBeGreaterThan(20);
    expect(far / near).toBeGreaterThan(2);
  });

  it('is the same for the same seed', () => {
    const run = () => serially('sas15k', 50, (i) => (i * 977_777) % SECTORS);
    expect(run()).toBe(run());
  });

  it('needs a capacity where there is an arm', () => {
    const engine = new Engine();
    expect(() => new DiskService(engine, new Streams(1).stream('d'), 'sas15k', COSTS)).toThrow(SimBug);
  });
});

describe('queue', () => {
  it('nvme works on 64 at once and no more; one arm on one', () => {
    const time = (model: DiskModel, requests: number) => {
      const { engine, service } = make(model);
      for (let i = 0; i < requests; i++) service.submit('read', i * 1000 + 8, 1, () => {});
      engine.run();
      expect(service.depth.max).toBe(requests);
      expect(service.inFlight).toBe(0);
      return engine.now;
    };
    expect(time('nvme', 64) / time('nvme', 1)).toBeLessThan(1.2);
    expect(time('nvme', 65) / time('nvme', 1)).toBeGreaterThan(1.9);
    expect(time('sas15k', 10) / time('sas15k', 1)).toBeGreaterThan(4);
  });

  it('never exceeds its bandwidth', () => {
    const { engine, service } = make('nvme');
    for (let i = 0; i < 200; i++) service.submit('read', i * 4096, 2048, () => {});
    engine.run();
    const nsPerByte = engine.now / service.bytes;
    expect(service.bytes).toBe(200 * 2 ** 20);
    expect(nsPerByte).toBeGreaterThanOrEqual(serviceTable('nvme').transfer.value);
    expect(nsPerByte).toBeLessThan(serviceTable('nvme').transfer.value * 1.02);
  });

  it('gauges the depth over time', () => {
    const { engine, service } = make('nvme');
    for (let i = 0; i < 4; i++) service.submit('read', i * 100 + 8, 1, () => {});
    engine.run();
    expect(service.depth.mean(engine.now)).toBeGreaterThan(3);
    expect(service.depth.value).toBe(0);
  });

  it('hands each its own argument and lets a completion submit the next', () => {
    const { engine, service } = make('nvme');
    const seen: number[] = [];
    service.submit(
      'read',
      0,
      1,
      (a) => {
        seen.push(a);
        service.submit('read', 9, 1, (b) => seen.push(b), 8);
      },
      7,
    );
    engine.run();
    expect(seen).toEqual([7, 8]);
  });
});

describe('order', () => {
  /** Submits, and lists what completed in which order. */
  function order(
    requests: readonly [op: 'read' | 'write' | 'flush' | 'unmap', lba: number, sectors: number][],
  ): number[] {
    const { engine, service } = make('nvme');
    const done: number[] = [];
    requests.forEach(([op, lba, sectors], i) => {
      service.submit(op, lba, sectors, (arg) => done.push(arg), i);
    });
    engine.run();
    return done;
  }

  it('a write is faster than a read, and overtakes one elsewhere', () => {
    expect(
      order([
        ['read', 10, 8],
        ['write', 500, 8],
      ]),
    ).toEqual([1, 0]);
  });

  it('no write overtakes a request for its sectors, and no request overtakes a write of its sectors', () => {
    expect(
      order([
        ['read', 10, 8],
        ['write', 17, 8],
      ]),
    ).toEqual([0, 1]);
    expect(
      order([
        ['write', 10, 800],
        ['unmap', 809, 1],
      ]),
    ).toEqual([0, 1]);
    expect(
      order([
        ['write', 10, 8],
        ['read', 10, 8],
        ['write', 10, 8],
      ]),
    ).toEqual([0, 1, 2]);
  });

  it('a flush waits for the writes before it, and for nothing else', () => {
    expect(
      order([
        ['write', 10, 2048],
        ['flush', 0, 0],
        ['write', 5000, 1],
      ]),
    ).toEqual([0, 2, 1]);
    expect(
      order([
        ['read', 10, 8],
        ['flush', 0, 0],
      ]),
    ).toEqual([1, 0]);
  });

  it('random overlapping writes at depth 32 leave what one after the other would', () => {
    const sectors = 64;
    const disk = new MemoryDisk(sectors);
    const flat = new MemoryDisk(sectors);
    const { engine, service } = make('nvme', { sectors });
    const next = random(9);
    for (let i = 0; i < 400; i++) {
      const lba = next(sectors);
      const count = 1 + next(sectors - lba);
      const data = pattern(i, count);
      flat.write(lba, count, data);
      service.submit('write', lba, count, () => disk.write(lba, count, data));
      if (i % 32 === 31) engine.run();
    }
    engine.run();
    expect(firstDifference(contents(disk), contents(flat))).toBe(-1);
  });
});

describe('rows', () => {
  it.each(DISK_MODELS)('%s: every number has a range around it, a basis and a source', (model) => {
    for (const cost of SERVICE_COSTS) {
      const row = serviceTable(model)[cost];
      expect(row.low).toBeLessThanOrEqual(row.value);
      expect(row.high).toBeGreaterThanOrEqual(row.value);
      expect(row.source).not.toBe('');
      expect(row.what).not.toBe('');
    }
  });
});
