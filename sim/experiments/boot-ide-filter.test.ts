import { describe, expect, it } from 'vitest';
import { run } from './index.ts';

describe('boot-ide-filter', () => {
  it('settles on one road at a time', () => {
    const { metrics, series } = run('boot-ide-filter', { scale: '1024' });
    expect(metrics).toMatchObject({ up: 1, breaches: 0, wrongBytes: 0, lost: 0, runEmulated: 0 });
    const [time, emulated, synthetic] = series;
    expect(time.labels).toHaveLength(10);
    emulated.values.forEach((value, i) => {
      if (synthetic.values[i] > 0 && value > 0) expect(time.labels[i]).toBe('Hand-over');
    });
  });

  it('says on the screen what stopped it', () => {
    const screen = run('boot-ide-filter', { damage: 'kernel', scale: '1024' }).series.find(
      ({ id }) => id === 'screen',
    );
    expect(screen?.labels[0]).toBe('Windows failed to start.');
    const linux = run('boot-ide-filter', { technique: 'prefer-ms-hyperv', drivers: false, scale: '1024' });
    expect(linux.series.find(({ id }) => id === 'screen')?.labels).toContain('(initramfs)');
  });

  it('marks the two wrong rules, and nothing else', () => {
    expect(run('boot-ide-filter', { rule: 'two-owners', scale: '1024' }).wrongRule).toBeDefined();
    expect(run('boot-ide-filter', { rule: 'no-drain', ata: 'pio', scale: '1024' }).wrongRule).toBeDefined();
    expect(run('boot-ide-filter', { scale: '1024' }).wrongRule).toBeUndefined();
  });

  it('gives the same result at every step that lies behind the end', () => {
    const plain = run('boot-ide-filter', { scale: '1024' });
    const late = run('boot-ide-filter', { scale: '1024', incident: 'power-cut', at: 600 });
    expect(late.metrics).toEqual({ ...plain.metrics });
    expect(late.metrics.happened).toBe(0);
  });

  it('loads the same bytes by both ways of the BIOS', () => {
    const [plain, port] = (['plain', 'enlightened'] as const).map(
      (int13) => run('boot-ide-filter', { int13, scale: '1024' }).metrics,
    );
    expect(plain.firmwareReads).toBe(port.firmwareReads);
    expect(plain.firmwareSectors).toBe(port.firmwareSectors);
    expect(plain.interceptsBefore).toBeGreaterThan(10 * port.interceptsBefore);
  });

  it('goes on on a new host from where it was saved, on a disk whose times are chance, too', () => {
    for (const disk of ['sata-ssd', 'sas15k'] as const) {
      const plain = run('boot-ide-filter', { scale: '1024', disk }).metrics;
      const { metrics } = run('boot-ide-filter', { scale: '1024', incident: 'save', disk });
      expect(metrics).toMatchObject({ up: 1, happened: 1, lost: 0, breaches: 0, wrongBytes: 0 });
      expect(metrics.savedBytes).toBeGreaterThan(50_000);
      expect(metrics.discBytes).toBe(plain.discBytes);
      expect(metrics.acknowledged).toBe(plain.acknowledged);
    }
  });

  it('dumps by one of two roads, and reads the disc by one', () => {
    const ports = run('boot-ide-filter', { scale: '1024' }).metrics;
    const reserved = run('boot-ide-filter', { scale: '1024', dump: 'reserved' }).metrics;
    expect([ports.dumped, ports.dumpedReserved]).toEqual([128, 0]);
    expect([reserved.dumped, reserved.dumpedReserved, reserved.dumpIntercepts]).toEqual([0, 128, 0]);
    expect(ports.dumpIntercepts).toBeGreaterThan(128);
    expect(ports.discExits).toBe(reserved.discExits);
    expect(ports.controlEmulated).toBeLessThan(100);
  });
});
