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
});
