/**
 * Links that were handed out keep working. Each version has a list of addresses as its pages wrote them, with the runs that they stand for; a
 * list is never changed again, only a new one is added (`RINGSIDE_LINKS=write` writes that of this version, where there is none).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findExperiment, runLine } from '../../../sim/experiments/index.ts';
import type { AnyExperiment } from '../../../sim/lab/experiment.ts';
import { formatLine } from '../../../sim/lab/line.ts';
import { VERSION } from '../../../sim/version.ts';
import { readAddress } from '../../components/Experiment/address.ts';
import { presets } from '../../plugins/truth/book.ts';

/** An address, the line of its run and, where two are compared, that of the other. */
type Link = readonly [address: string, line: string, other?: string];

const FOLDER = 'src/data/links';
const fileOf = (version: string): string => `${FOLDER}/${version}.json`;

/** Every preset of every experiment as the pages hand it out: alone, compared with the default, at a step, and embedded. */
const linksOfToday = (): Link[] =>
  presets()
    .filter(({ line }) => line.includes('?'))
    .flatMap(({ experiment: { id, page }, line }): Link[] => {
      const query = line.slice(line.indexOf('?') + 1);
      return [
        [`${page}?${query}`, line],
        [`${page}?${query}&with=${id}`, line, id],
        [`${page}?${query}&step=1#run-it`, line],
        [`/embed?line=${encodeURIComponent(line)}`, line],
      ];
    });

/** What an address stands for now, in the same words as the list. */
function readNow(address: string): readonly (string | undefined)[] {
  const { pathname, search, searchParams } = new URL(address, 'https://book.example');
  if (pathname === '/embed') return [runLine(searchParams.get('line') ?? '').line];
  if (!existsSync(`docs${pathname}.mdx`)) return [`there is no page ${pathname}`];
  const id = pathname.split('/').at(-1) ?? '';
  const { params } = findExperiment(id) as AnyExperiment;
  const read = readAddress(id, params, search, 1);
  if (!read) return ['the address says nothing'];
  if (read.issues.length > 0) return read.issues.map(({ message, hint }) => `${message}: ${hint}`);
  const lineOf = (values: unknown): string => formatLine(id, params, values as never, read.seed);
  return [lineOf(read.values), ...(read.other ? [lineOf(read.other)] : [])];
}

if (process.env.RINGSIDE_LINKS === 'write' && !existsSync(fileOf(VERSION)))
  writeFileSync(
    fileOf(VERSION),
    `[\n${linksOfToday()
      .map((link) => `  ${JSON.stringify(link)}`)
      .join(',\n')}\n]\n`,
  );

const versions = readdirSync(FOLDER).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);

describe('old links', () => {
  it('are kept for this version too', () => {
    expect(versions).toContain(VERSION);
  });

  it.each(versions)('of version %s lead to the runs that they stood for', (version) => {
    const links = JSON.parse(readFileSync(fileOf(version), 'utf8')) as Link[];
    expect(links.length).toBeGreaterThan(0);
    const wrong = links.filter(([address, ...lines]) => readNow(address).join() !== lines.join());
    expect(wrong.map(([address, ...lines]) => ({ address, lines, now: readNow(address) }))).toEqual([]);
  });

  it('that are broken are noticed', () => {
    expect(readNow('/concepts/two-roads?mode=dna')).toEqual([expect.stringContaining('"dna"')]);
    expect(readNow('/concepts/two-rods?mode=dma')).toEqual(['there is no page /concepts/two-rods']);
    expect(() => readNow('/embed?line=two-roads%3Fmoed%3Ddma')).toThrow(/moed/);
  });
});
