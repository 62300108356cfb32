/** What the page says of single runs. */
import { describe, expect, it } from 'vitest';
import type { Run } from '../lab/run.ts';
import { run } from './index.ts';

const names = (one: Run, id: string): string[] =>
  one.tables?.find((table) => table.id === id)?.rows.map((row) => row[1]) ?? [];

describe('integration-components', () => {
  it('shows one unknown device where nothing is installed, and none afterwards', () => {
    const one = run('integration-components');
    expect(names(one, 'devices-before').filter((name) => name.startsWith('Unknown'))).toEqual([
      'Unknown device',
    ]);
    expect(names(one, 'devices-after').filter((name) => name.startsWith('Unknown'))).toEqual([]);
    expect(names(one, 'devices-after')).toContain('Microsoft VMBus Network Adapter');
  });

  it('keeps all devices of the PC in their places', () => {
    const one = run('integration-components');
    const emulated = (id: string) =>
      one.tables
        ?.find((table) => table.id === id)
        ?.rows.filter((row) => row[2] === 'emulated')
        .map((row) => row[3]);
    expect(emulated('devices-after')).toEqual(emulated('devices-before'));
  });

  it('goes down the ladder of versions to the newest that the host speaks', () => {
    const one = run('integration-components', { package: '2012r2', era: '2012' });
    const versions = one.tables?.find(({ id }) => id === 'versions');
    expect(versions?.rows[0]).toEqual(['VMBus', '2.4', 'tried 3.0, 2.4']);
  });

  it('says of each driver what became of it', () => {
    const installation = (params: object) =>
      run('integration-components', params).tables?.find(({ id }) => id === 'installation')?.rows ?? [];
    expect(installation({ package: 'none' })).toEqual([]);
    expect(installation({}).filter(([, what]) => what === 'copied')).toHaveLength(11);
    expect(installation({}).at(-1)).toEqual(['storflt', expect.stringMatching(/stack/)]);
    expect(installation({ profile: 'linux-today' })).toEqual([['package', expect.stringMatching(/refused/)]]);
    const kept = installation({ profile: 'windows-10', package: 'rtm', era: '2020' });
    expect(kept.every(([, what]) => /kept/.test(what) || /refused/.test(what))).toBe(true);
  });

  it('speaks to services in the versions of the older end', () => {
    const service = (params: object, name: string) =>
      run('integration-components', params)
        .tables?.find(({ id }) => id === 'versions')
        ?.rows.find((row) => row[0] === name);
    expect(service({ era: '2008' }, 'data exchange')?.[1]).toBe('1.0');
    expect(service({ era: '2020' }, 'data exchange')).toEqual([
      'data exchange',
      'none',
      'no version in common',
    ]);
    expect(service({ profile: 'windows-10', package: 'none', era: '2020' }, 'shutdown')?.[1]).toBe('3.2');
  });

  it('comes back after several restarts in the same state', () => {
    const first = run('integration-components', { profile: 'windows-2008', package: 'none' }).metrics;
    expect(first.synthetic).toBe(first.syntheticBefore);
    expect(first.deviceIntercepts).toBe(first.deviceInterceptsBefore);
  });

  it('calls a conversion a wrong rule, and only when there was one', () => {
    expect(run('integration-components', { rule: 'converts' }).wrongRule).toMatch(/controller/);
    expect(run('integration-components', { rule: 'converts', package: 'none' }).wrongRule).toBeUndefined();
    expect(run('integration-components', {}).wrongRule).toBeUndefined();
  });
});
