import { describe, expect, it } from 'vitest';
import { runLine } from '../experiments/index.ts';
import { causesOf } from './causes.ts';
import { differenceOf } from './difference.ts';
import { differenceText } from './difference-text.ts';
import { extent } from './lanes.ts';

const LINES = [
  'two-roads?mode=pio',
  'two-roads?mode=dma',
  'two-roads?mode=synthetic',
  'ring-transitions',
  'ring-transitions?structure=hosted',
  'vsp-vsc',
  'tlb-flush?how=cr3',
  'spin-lock',
  'interrupt-end?method=assist',
];

describe.each(LINES)('the causes of %s', (line) => {
  const { trace } = runLine(line);
  const { causes, length } = causesOf(trace);

  it('add up to the length of the run', () => {
    const { from, to } = extent(trace);
    expect(length).toBe(to - from);
    expect(causes.reduce((sum, { cycles }) => sum + cycles, 0)).toBeCloseTo(length, 3);
    expect(causes.every(({ cycles }) => cycles > 0)).toBe(true);
  });
});

describe('the causes of one path', () => {
  it('are the costs of its stages, each as often as it is paid', () => {
    const { trace } = runLine('ring-transitions?instruction=cpuid');
    const [{ stages }] = trace.routes;
    const paid = new Map<string, number>();
    for (const { cost, cycles, aside } of stages)
      if (cost && !aside) paid.set(cost, (paid.get(cost) ?? 0) + cycles);
    const { causes } = causesOf(trace);
    const costs = causes.filter(({ id }) => paid.has(id));
    expect(new Map(costs.map(({ id, cycles }) => [id, cycles]))).toEqual(
      new Map([...paid].filter(([, cycles]) => cycles > 0)),
    );
  });
});

describe('the difference of two runs', () => {
  const difference = (a: string, b: string) => differenceOf(runLine(a), runLine(b));

  it('is nothing for equal runs', () => {
    const { causes, parting, length } = difference('two-roads?mode=pio', 'two-roads?mode=pio');
    expect(parting).toBeUndefined();
    expect(length[0]).toBe(length[1]);
    expect(causes.every(({ ns }) => ns[0] === ns[1])).toBe(true);
  });

  it.each([
    ['two-roads?mode=pio', 'two-roads?mode=synthetic'],
    ['two-roads?mode=pio', 'two-roads?mode=pio&relief=ring-3'],
    ['vsp-vsc', 'vsp-vsc?rule=signal-per-packet'],
    ['two-roads?mode=pio', 'two-roads?mode=pio&era=2020'],
  ])('of %s and %s is put down to causes without a rest, and turns round with them', (a, b) => {
    const there = difference(a, b);
    const back = difference(b, a);
    const sum = (side: 0 | 1): number => there.causes.reduce((all, { ns }) => all + ns[side], 0);
    expect(sum(0) / there.length[0]).toBeCloseTo(1, 9);
    expect(sum(1) / there.length[1]).toBeCloseTo(1, 9);
    expect(back.length).toEqual([there.length[1], there.length[0]]);
    expect(back.parting?.same).toBe(there.parting?.same);
  });

  it('parts at the first step that is not the same', () => {
    const [a, b] = [runLine('vsp-vsc'), runLine('vsp-vsc?rule=signal-per-packet')];
    const { parting } = differenceOf(a, b);
    expect(parting?.how).toBe('path');
    const same = parting?.same ?? 0;
    expect(same).toBeGreaterThan(0);
    const name = ({ trace }: typeof a, row: number) => trace.kinds[trace.kind[row]].name;
    for (let row = 0; row < same; row++) expect(name(a, row)).toBe(name(b, row));
    expect(name(a, same)).not.toBe(name(b, same));
  });

  it('says it in words that hold its numbers', () => {
    const [length, parting, causes] = differenceText(
      difference('two-roads?mode=pio', 'two-roads?mode=synthetic'),
    );
    expect(length).toMatch(/^From first step to last A takes .*, B .* less: A takes .* times as long\.$/);
    expect(parting).toMatch(/first step|the same/);
    expect(causes).toMatch(/−/);
  });

  it('does not compare the lengths of runs whose recording stopped at its limit', () => {
    const cut = difference('who-is-enlightened?system=unmodified', 'who-is-enlightened');
    expect(cut.stopped).toEqual([true, true]);
    const words = differenceText(cut).join(' ');
    expect(words).toMatch(/^Recorded are the first .* of A and the first .* of B\./);
    expect(words).not.toMatch(/times as long|difference from A to B/);
  });
});
