import { describe, expect, it } from 'vitest';
import { SimBug } from './errors.ts';
import { Trace, traceKind, WHO_DEVICE, WHO_ROOT } from './trace.ts';

const OUT = traceKind('io.out', ['port', 'value'], 'The guest wrote to a port.');
const DISK = traceKind('disk.read', ['lba'], 'The disk moved data.');

function filled(rows: number, options?: { cap?: number; enabled?: boolean }): Trace {
  const trace = new Trace(options);
  const out = trace.kind(OUT);
  const disk = trace.kind(DISK);
  for (let i = 0; i < rows; i++) {
    if (i % 3 === 0) trace.span(disk, i * 10, i * 10 + 7, WHO_DEVICE + 1, i * 2 ** 33);
    else trace.emit(out, i * 10, i % 2, 0x1f0, i);
  }
  return trace;
}

describe('rows', () => {
  it('come back as they were emitted', () => {
    const trace = filled(3);
    expect(trace.rows()).toEqual([
      { kind: 'disk.read', at: 0, end: 7, who: 2001, a: 0, b: 0 },
      { kind: 'io.out', at: 10, end: 10, who: 1, a: 0x1f0, b: 1 },
      { kind: 'io.out', at: 20, end: 20, who: 0, a: 0x1f0, b: 2 },
    ]);
    expect(trace.last(2)).toEqual(trace.rows().slice(1));
    expect(() => trace.row(3)).toThrow(SimBug);
    expect(() => trace.row(-1)).toThrow(SimBug);
  });

  it('are the same by columns', () => {
    const trace = filled(5000);
    const { kinds, kind, who, at, end, a, b } = trace.columns;
    const rows = Array.from(at, (_, i) => ({
      kind: kinds[kind[i]].name,
      at: at[i],
      end: end[i],
      who: who[i],
      a: a[i],
      b: b[i],
    }));
    expect(rows).toEqual(trace.rows());
    expect(rows.length).toBe(5000);
    expect(rows[3000].a).toBe(3000 * 2 ** 33);
  });

  it('are kept up to the cap and counted beyond it', () => {
    for (const cap of [0, 1, 1023, 1024, 1025, 3000]) {
      const trace = filled(4000, { cap });
      expect([trace.length, trace.dropped, trace.total]).toEqual([cap, 4000 - cap, 4000]);
      expect(trace.rows()).toEqual(filled(4000).rows().slice(0, cap));
    }
  });

  it('are not taken at all when disabled', () => {
    const trace = filled(100, { enabled: false });
    expect([trace.length, trace.dropped, trace.total]).toEqual([0, 0, 0]);
  });

  it('can be forgotten; what follows is recorded as from the start', () => {
    const trace = filled(2500, { cap: 2000 });
    trace.clear();
    expect([trace.length, trace.total]).toEqual([0, 0]);
    const out = trace.kind(OUT);
    for (let i = 0; i < 2500; i++) trace.emit(out, i, 0, i);
    const fresh = new Trace({ cap: 2000 });
    const again = fresh.kind(OUT);
    for (let i = 0; i < 2500; i++) fresh.emit(again, i, 0, i);
    expect(trace.rows()).toEqual(fresh.rows());
    expect(trace.digest()).toBe(fresh.digest());
    expect(trace.dropped).toBe(500);
  });

  it('of a short run take little memory', () => {
    const trace = filled(10);
    // biome-ignore lint/complexity/useLiteralKeys: memory is what this test is about
    const bytes = trace['numberBlocks'].reduce((sum, block) => sum + block.byteLength, 0);
    expect(bytes).toBeLessThanOrEqual(32_768);
  });
});

describe('kinds', () => {
  it('are numbered once by name', () => {
    const trace = new Trace();
    expect(trace.kind(OUT)).toBe(trace.kind({ ...OUT }));
    expect(trace.kind(DISK)).not.toBe(trace.kind(OUT));
  });

  it('have at most two fields', () => {
    expect(() => traceKind('x', ['a', 'b', 'c'], '')).toThrow(SimBug);
  });
});

describe('digest', () => {
  it('is 16 hexadecimal digits, equal for equal traces', () => {
    expect(filled(3000).digest()).toMatch(/^[0-9a-f]{16}$/);
    expect(filled(3000).digest()).toBe(filled(3000).digest());
  });

  it('is a fixed function of the rows: the same on every machine', () => {
    expect(filled(1000).digest()).toBe('b08077391d175700');
    expect(new Trace().digest()).toBe('43dde1005db1ecb5');
  });

  it('does not depend on the order in which kinds were numbered', () => {
    const one = new Trace();
    const other = new Trace();
    other.kind(DISK);
    one.emit(one.kind(OUT), 1, 2, 3, 4);
    other.emit(other.kind(OUT), 1, 2, 3, 4);
    expect(one.digest()).toBe(other.digest());
  });

  it('changes with any number of any row, with order, and with what was dropped', () => {
    const digests = new Set<string>();
    const add = (at: number, end: number, who: number, a: number, b: number, kind = OUT) => {
      const trace = new Trace();
      trace.emit(trace.kind(DISK), 1, 1);
      trace.span(trace.kind(kind), at, end, who, a, b);
      digests.add(trace.digest());
    };
    add(5, 6, 7, 8, 9);
    add(4, 6, 7, 8, 9);
    add(5, 7, 7, 8, 9);
    add(5, 6, 8, 8, 9);
    add(5, 6, 7, 9, 9);
    add(5, 6, 7, 8, 8);
    add(5, 6, 7, 9, 8);
    add(5, 6, 7, 8, 9, DISK);
    add(5, 6, 7, 8, 9 + 2 ** 40);
    digests.add(filled(10, { cap: 5 }).digest());
    digests.add(filled(11, { cap: 5 }).digest());
    digests.add(filled(5).digest());
    expect(digests.size).toBe(12);
  });

  it('has no collision among a hundred thousand small differences', () => {
    const digests = new Set<string>();
    for (let i = 0; i < 100_000; i++) {
      const trace = new Trace({ cap: 1 });
      trace.emit(trace.kind(OUT), i >> 8, i & 255);
      digests.add(trace.digest());
    }
    expect(digests.size).toBe(100_000);
  });
});

describe('export', () => {
  it('gives the Trace Event Format, in microseconds', () => {
    const trace = new Trace();
    trace.span(trace.kind(DISK), 3000, 6000, WHO_DEVICE + 1, 77);
    trace.emit(trace.kind(OUT), 9000, 0, 0x1f7, 0x20);
    trace.emit(trace.kind(OUT), 9000, WHO_ROOT, 1, 2);
    const json = trace.toChromeTrace(3e9);
    expect(json.traceEvents.slice(0, 2)).toEqual([
      { name: 'disk.read', cat: 'disk', ph: 'X', ts: 1, dur: 1, pid: 0, tid: 2001, args: { lba: 77 } },
      {
        name: 'io.out',
        cat: 'io',
        ph: 'i',
        s: 't',
        ts: 3,
        pid: 1,
        tid: 0,
        args: { port: 0x1f7, value: 0x20 },
      },
    ]);
    expect(json.traceEvents.filter((event) => event.ph === 'M').map((event) => event.args.name)).toEqual([
      'guest VP 0',
      'root VP 0',
      'device 1',
    ]);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json.otherData).toEqual({ hz: 3e9, rows: 3, dropped: 0 });
  });
});
