import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experiments, run, sweep } from '../experiments/index.ts';
import { diagramOf } from '../lab/diagram.ts';
import { EXIT } from './exit-codes.ts';
import { ringside } from './testing.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringside-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('ringside list and describe', () => {
  it('name every experiment with its question', async () => {
    const { out } = await ringside('list');
    for (const { id, question } of experiments)
      expect(out).toMatch(new RegExp(`^${id} +${question.replace('?', '\\?')}$`, 'm'));
    expect(JSON.parse((await ringside('list', '--json')).out).map(({ id }: { id: string }) => id)).toEqual(
      experiments.map(({ id }) => id),
    );
  });

  it.each(experiments.map(({ id }) => id))(
    '%s: every parameter, number, preset, claim and limit',
    async (id) => {
      const { code, out } = await ringside('describe', id);
      const [experiment] = experiments.filter((one) => one.id === id);
      expect(code).toBe(EXIT.ok);
      for (const name of [...Object.keys(experiment.params), ...Object.keys(experiment.metrics)])
        expect(out).toMatch(new RegExp(`^  ${name}( |$)`, 'm'));
      const plain = out.replace(/\s+/g, ' ');
      for (const { sentence } of Object.values(experiment.claims)) expect(plain).toContain(sentence);
      for (const limit of experiment.limits) expect(plain).toContain(limit);
      // A command to be copied stays in one piece, however long.
      expect(out).not.toMatch(/^(?! {2}ringside run ).{101,}$/m);
    },
  );

  it('print lines that run', async () => {
    const { out } = await ringside('describe', 'vsp-vsc');
    const lines = [...out.matchAll(/ringside run "([^"]+)"/g)].map(([, line]) => line);
    expect(lines.length).toBe(Object.keys(experiments[2].presets).length);
    for (const line of lines) expect((await ringside('run', line)).code).toBe(EXIT.ok);
  });
});

describe('ringside run', () => {
  it.each(['two-roads?mode=dma&size=4KiB&seed=7', 'ring-transitions?instruction=cpuid', 'vsp-vsc'])(
    '%s --json prints exactly what run() returns',
    async (line) => {
      const { code, out, err } = await ringside('run', line, '--json');
      const printed = JSON.parse(out);
      expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
      expect(printed).toEqual(run(printed.id, printed.params, { seed: printed.seed }));
      expect(printed.line).toBe(line);
    },
  );

  it('takes settings behind the line in three spellings, and the last one counts', async () => {
    const whole = await ringside('run', 'two-roads?mode=dma&size=64KiB&seed=7');
    for (const words of [
      ['mode=dma', 'size=64KiB', 'seed=7'],
      ['--mode', 'dma', '--size', '64KiB', '--seed', '7'],
      ['--mode=dma', '--size=4KiB', '--size=64KiB', '--seed=7'],
    ])
      expect(await ringside('run', 'two-roads?mode=pio', ...words)).toEqual(whole);
  });

  it('turns a flag on by its name', async () => {
    const on = JSON.parse((await ringside('run', 'vsp-vsc?mask=off', '--mask', '--json')).out);
    expect(on.params.mask).toBe(true);
  });

  it('prints every number with its unit, and the digest', async () => {
    const { out } = await ringside('run', 'two-roads?mode=dma');
    expect(out).toMatch(/^Device intercepts +26$/m);
    expect(out).toMatch(/^Bytes copied +10\s240 {2}bytes$/m);
    expect(out).toContain(`digest ${run('two-roads', { mode: 'dma' }).digest}`);
  });

  it('says so when the rule is wrong on purpose', async () => {
    expect((await ringside('run', 'vsp-vsc?rule=no-recheck')).out).toMatch(/^WRONG RULE, on purpose: /m);
  });

  it('takes every cost at one end of its range', async () => {
    const cycles = async (level: string) =>
      JSON.parse((await ringside('run', 'ring-transitions', '--costs', level, '--json')).out).metrics.cycles;
    expect(await cycles('low')).toBeLessThan(await cycles('typical'));
    expect(await cycles('typical')).toBeLessThan(await cycles('high'));
  });

  it('reports every mistake at once, and runs nothing', async () => {
    const words = ['two-roads?mode=dna&size=ten&speed=9', '--era', '--jsn', '--seed', 'x', '--costs', 'dear'];
    const { code, out, err } = await ringside('run', ...words);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err.split('\n').filter((line) => line !== '' && !line.startsWith('  '))).toEqual([
      'mode: mode is "dna"',
      'size: size is "ten"',
      'speed: "speed" is not a parameter',
      '--jsn: "jsn" is no parameter and no option',
      'seed: seed is x',
      'era: era has no value',
      '--costs: --costs is "dear"',
    ]);
    expect(err).toContain('options are --costs, --json, --output, --help');
  });

  it('refuses what only clashes together', async () => {
    const { code, err } = await ringside('run', 'two-roads?mode=pio-words&size=1MiB&requests=256');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('4 MiB or less');
  });
});

describe('--output', () => {
  it('writes what would have been printed, and says where', async () => {
    const file = join(folder, 'run.json');
    const { out } = await ringside('run', 'vsp-vsc', '--json');
    expect(await ringside('run', 'vsp-vsc', '--json', '--output', file)).toEqual({
      code: EXIT.ok,
      out: '',
      err: `wrote ${file}\n`,
    });
    expect(`${readFileSync(file, 'utf8')}\n`).toBe(out);
  });

  it.each([
    ['absent/run.json', 'there is no such folder'],
    ['', 'it is a folder'],
  ])('to "%s" gives exit code 3 and the reason', async (path, why) => {
    const { code, err } = await ringside('run', 'vsp-vsc', '--output', join(folder, path));
    expect(code).toBe(EXIT.file);
    expect(err).toContain(why);
  });

  it('to - is the terminal', async () => {
    expect((await ringside('diagram', 'vsp-vsc', '--output', '-')).out).toContain('sequenceDiagram');
  });
});

describe('ringside sweep', () => {
  it('prints a row for each value', async () => {
    const { out } = await ringside('sweep', 'vsp-vsc', '--param', 'burst', '--values', '1,8');
    expect(out.split('\n').map((row) => row.split(/ +/).slice(0, 3))).toEqual([
      ['burst', 'packets', 'signals'],
      ['1', '64', '64'],
      ['8', '64', '8'],
      [''],
    ]);
  });

  it.each(experiments.map(({ id, stages }) => [id, stages[0][0]]))(
    'of %s over %s fits 100 columns',
    async (id, param) => {
      const { code, out } = await ringside('sweep', id, '--param', param);
      expect(code).toBe(EXIT.ok);
      expect(out).not.toMatch(/^.{101,}$/m);
    },
  );

  it('--csv has every number, --json every run', async () => {
    const words = ['sweep', 'two-roads?size=512B', '--param', 'mode', '--values', 'pio,dma'];
    const { out } = await ringside(...words, '--csv');
    const [head, pio] = out.split('\n').map((row) => row.split(','));
    expect(head.slice(1)).toEqual(Object.keys(experiments[0].metrics));
    expect(pio[0]).toBe('pio');
    expect(JSON.parse((await ringside(...words, '--json')).out)).toEqual(
      sweep('two-roads', 'mode', ['pio', 'dma'], { size: 512 }),
    );
  });

  it.each([
    [['--param', 'speed'], 'is not a parameter of two-roads'],
    [['--param', 'size', '--values', 'x,100,512B'], 'size is "x"'],
    [['--param', 'size', '--values', 'x,100,512B'], 'size is 100B'],
    [['--param', 'mode', '--values', ''], 'mode is ""'],
    [['--param', 'mode', '--csv', '--json'], "cannot be used with option '--csv'"],
    [[], "required option '--param <name>' not specified"],
  ])('%j is refused', async (words, why) => {
    const { code, out, err } = await ringside('sweep', 'two-roads', ...words);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toContain(why);
  });
});

describe('ringside trace and diagram', () => {
  it('write a trace that Perfetto reads: every slice in a named lane', async () => {
    const { out } = await ringside('trace', 'two-roads?mode=dma');
    const { traceEvents, otherData } = JSON.parse(out);
    const lanes = new Set(
      traceEvents.filter(({ ph }: { ph: string }) => ph === 'M').map(({ tid }: { tid: number }) => tid),
    );
    const slices = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X');
    expect(slices.length).toBeGreaterThan(100);
    for (const { tid, ts, dur } of slices) {
      expect(lanes.has(tid)).toBe(true);
      expect(ts).toBeGreaterThanOrEqual(0);
      expect(dur).toBeGreaterThan(0);
    }
    expect(otherData.digest).toBe(run('two-roads', { mode: 'dma' }).digest);
  });

  it('write CSV with a row for each recorded event', async () => {
    const { out } = await ringside('trace', 'two-roads?mode=dma', '--csv');
    expect(out.trimEnd().split('\n')).toHaveLength(1 + run('two-roads', { mode: 'dma' }).trace.at.length);
  });

  it('say when the trace was longer than what is kept', async () => {
    const { code, err } = await ringside('trace', 'two-roads?mode=pio-words&size=256KiB', '--csv');
    expect(code).toBe(EXIT.ok);
    expect(err).toMatch(/^the trace keeps \d+ events; \d+ later ones /);
  });

  it('write the diagram of the run, or its lanes', async () => {
    expect((await ringside('diagram', 'ring-transitions')).out).toBe(diagramOf(run('ring-transitions')));
    expect((await ringside('diagram', 'ring-transitions', '--svg')).out).toMatch(/^<svg .*<\/svg>\n$/);
  });
});

describe('ringside claims', () => {
  it('gives a verdict on each claim; all of them hold', async () => {
    const { code, out } = await ringside('claims', 'ring-transitions');
    expect(code).toBe(EXIT.ok);
    for (const name of Object.keys(experiments[1].claims))
      expect(out).toContain(` ring-transitions/${name} (`);
    expect(out).not.toMatch(/^.{101,}$/m);
  });

  it('--json gives the same as data', async () => {
    const judged = JSON.parse((await ringside('claims', 'ring-transitions', '--json')).out);
    expect(judged.map(({ claim }: { claim: string }) => claim)).toEqual(Object.keys(experiments[1].claims));
    expect(judged.every(({ verdict }: { verdict: string }) => verdict !== 'fails')).toBe(true);
  });
});
