/**
 * Fills the components of a page with what the library computes. An author writes `<Num of="two-roads?mode=dma" m="cycles"/>`; the page
 * receives the value as plain data, so it is there without script and the simulator is not part of the page.
 */
import { ABLATIONS } from '../../data/ablations.ts';
import { CHECKS } from '../../data/checks/index.ts';
import { RECAPS } from '../../data/recap/index.ts';
import { VARIANTS } from '../../data/variants/index.ts';
import { exercisesFor } from '../../truth/exercises.ts';
import { recapOf } from '../../truth/recap.ts';
import { talksOf } from '../../truth/talk.ts';
import { variantOf } from '../../truth/variants.ts';
import { notebookCell, parametersIn, sourcesOf } from '../notebooks/cells.ts';
import { termOf } from '../terms/data.ts';
import * as book from './book.ts';
import { cell } from './cells.ts';
import { costTables } from './costs.ts';
import { deviceTrees, packageLines } from './devices.ts';
import { diagram } from './diagrams.ts';
import { enlightenmentTable, profileMatrix } from './enlightenments.ts';
import { faded, worked } from './lives.ts';
import type { Node } from './mdx.ts';
import { attribute, dataAttribute, dataExport, elements, importOf, textAttribute } from './mdx.ts';
import { namesOf } from './names.ts';
import { nextOf } from './next.ts';
import { type Part, Parts } from './parts.ts';
import { type Cited, citedIn, sourcesBySection } from './sources.ts';
import { limitList, seedClaims, validations } from './truths.ts';

/** Name of the page's data in its module. */
const STORE = 'ringside';

/** One property of a component: a key that is equal for equal data, and how to compute the data. */
type Wanted = Readonly<Record<string, readonly [key: string, compute: () => unknown]>>;

interface Page {
  /** True until the first experiment after a bet. */
  veil: boolean;
  /** Experiments so far. */
  figures: number;
  /** The line of the first of them: the run that the page starts with. */
  start?: string;
  /** The claims of each section, in reading order. */
  readonly cited: readonly Cited[];
}

type Fill = (get: (name: string) => string, has: (name: string) => boolean, page: Page) => Wanted;

const stillFor = (line: string): readonly [string, () => unknown] => [
  `still ${line}`,
  () => book.still(line),
];
const talksFor = (...lines: string[]): readonly [string, () => unknown] => [
  `talks ${lines.join(' ')}`,
  () => talksOf(lines.map(book.runOf)),
];
const besideFor = (line: string, other: string): Wanted => ({
  other: stillFor(other),
  difference: [`difference ${line} ${other}`, () => book.difference(line, other)],
});
const one = (name: string, key: string, compute: () => unknown): Wanted => ({ [name]: [key, compute] });

const FILL: Readonly<Record<string, Fill>> = {
  Num: (get, _has, page) => ({
    data: [`num ${get('of')} ${get('m')}`, () => book.num(get('of'), get('m'))],
    ...(page.start && book.runOf(get('of')).line === page.start
      ? { follows: [`follows ${get('of')}`, () => book.experimentOf(get('of')).id] as const }
      : {}),
  }),
  Claim: (get) => one('data', `claim ${get('of')}`, () => book.claim(get('of'))),
  Figure: (get) => ({ still: stillFor(get('of')) }),
  Hook: (get, has) => ({
    ...(has('view') ? { talks: talksFor(get('of'), get('beside')) } : { still: stillFor(get('of')) }),
    ...(has('beside') && !has('view') ? { other: stillFor(get('beside')) } : {}),
    names: [
      `names ${get('of')} ${has('beside')}`,
      () => namesOf(book.schema(get('of')), [get('of'), ...(has('beside') ? [get('beside')] : [])]),
    ],
  }),
  Experiment: (get, has, page) => {
    const veiled = page.veil;
    page.veil = false;
    page.start ??= book.runOf(get('of')).line;
    return {
      schema: [`schema ${get('of').split('?')[0]}`, () => book.schema(get('of'))],
      still: stillFor(get('of')),
      ...(has('with') ? besideFor(get('of'), get('with')) : {}),
      ...(veiled ? { veil: ['veil', () => true] } : {}),
    };
  },
  Bet: (get, _has, page) => {
    page.veil = true;
    return betFill(get);
  },
  Gap: (get) => betFill(get),
  CodeCell: (get) => one('data', `cell ${get('of')}`, () => cell(get('of'))),
  Diagram: (get) => one('data', `diagram ${get('of')}`, () => diagram(get('of'))),
  Sweep: (get, has) =>
    one('data', `sweep ${get('of')} ${get('param')} ${get('metric')}`, () =>
      book.sweepOf(
        get('of'),
        get('param'),
        get('metric'),
        has('values') ? get('values').split(',') : undefined,
      ),
    ),
  Ablation: (get) => one('data', `ablation ${get('of')}`, () => ablationOf(get('of'))),
  Snippet: (get) => one('code', `snippet ${get('of')}`, () => book.snippetOf(get('of'))),
  Checks: (get) => ({
    data: [`checks ${get('of')}`, () => checksOf(get('of'))],
    ...(VARIANTS[get('of')]
      ? {
          variant: [
            `variant ${get('of')}`,
            () => variantOf(get('of'), VARIANTS[get('of')], book.runOf),
          ] as const,
        }
      : {}),
  }),
  WorkedExample: (get) => one('data', `worked ${get('of')}`, () => worked(get('of'))),
  Exercises: (get) => one('data', `exercises ${get('of')}`, () => exercisesFor(get('of'))),
  Faded: (get) => one('data', `faded ${get('of')}`, () => faded(get('of'))),
  Recap: (get) => one('data', `recap ${get('of')}`, () => recapFor(get('of'))),
  NotebookCell: (get) => ({
    data: [`notebook cell ${get('of')} ${get('n')}`, () => notebookCell(get('of'), Number(get('n')))],
    sources: [`notebook ${get('of')}`, () => sourcesOf(get('of'))],
    n: [`number ${get('n')}`, () => Number(get('n'))],
  }),
  NotebookFile: (get) => one('data', `notebook file ${get('of')}`, () => parametersIn(get('of'))),
  Next: (get) => one('data', `next ${get('of')}`, () => nextOf(get('of'))),
  Sources: (_get, _has, page) => one('data', 'sources', () => sourcesBySection(page.cited)),
  Limits: (get) => one('data', `limits ${get('of')}`, () => book.limitsOf(get('of'))),
  Strip: (get) => one('data', `strip ${get('of')}`, () => book.strip(get('of'))),
  CostTables: () => one('data', 'costs', costTables),
  DeviceTree: (get) => one('data', `devices ${get('of')}`, () => deviceTrees(get('of'))),
  PackageTable: () => one('data', 'packages', packageLines),
  SeedClaims: () => one('data', 'seeds', seedClaims),
  Term: (get) => one('data', `term ${get('of')}`, () => termOf(get('of'))),
  ValidationList: () => one('data', 'validations', validations),
  ClaimTable: () => one('data', 'claims', book.allClaims),
  LimitList: () => one('data', 'all limits', limitList),
  EnlightenmentTable: () => one('data', 'enlightenments', enlightenmentTable),
  ProfileMatrix: () => one('data', 'profiles', profileMatrix),
};

/** Components that rest until a reader comes near: their picture and text are there, their script and data are not. */
const RESTING = new Set([
  'Ablation',
  'Checks',
  'ClaimTable',
  'CodeCell',
  'CostTables',
  'DeviceTree',
  'Diagram',
  'EnlightenmentTable',
  'Exercises',
  'Experiment',
  'Faded',
  'Figure',
  'LimitList',
  'Limits',
  'Next',
  'NotebookCell',
  'PackageTable',
  'ProfileMatrix',
  'Recap',
  'SeedClaims',
  'Snippet',
  'Sources',
  'Sweep',
  'ValidationList',
  'WorkedExample',
]);

/** Components that need nothing from the library; the others are the keys of FILL. */
const PLAIN = ['Place', 'Objectives'];

const betFill = (get: (name: string) => string): Wanted =>
  one('data', `bet ${get('of')} ${get('n')}`, () => book.bet(get('of'), Number(get('n'))));

function checksOf(id: string): unknown {
  const checks = CHECKS[id];
  if (!checks) throw new book.PageError(`there are no checks for "${id}" in src/data/checks/`);
  return checks.map((check) => book.resolve(check));
}

function recapFor(id: string): unknown {
  const recap = RECAPS[id];
  if (!recap) throw new book.PageError(`there is no recap for "${id}" in src/data/recap/`);
  return recapOf(book.runOf(recap.line));
}

function ablationOf(id: string): unknown {
  const declared = ABLATIONS[id];
  if (!declared) throw new book.PageError(`there is no ablation for "${id}" in src/data/ablations.ts`);
  const { title, note, metric, rows } = declared;
  return {
    title,
    note,
    rows: rows.map(([label, line]) => ({ label, value: book.perRequest(line, metric) })),
  };
}

/** The remark plugin. `parts` keeps what rests; pages that are only looked at need none. */
export function truthInPages({ parts = new Parts() } = {}): (tree: Node, file: { path: string }) => void {
  return (tree, file) => {
    const awake = new Store();
    const resting = new Store();
    const page: Page = { veil: false, figures: 0, cited: citedIn(tree) };
    const used = new Set<string>();
    const rests: Part[] = [];
    for (const node of elements(tree)) {
      const name = node.name ?? '';
      if (!Object.hasOwn(FILL, name) && !PLAIN.includes(name)) continue;
      if (name === 'Experiment') node.attributes?.push(textAttribute('fig', String(++page.figures)));
      if (name === 'CodeCell') node.attributes?.push(textAttribute('fig', String(page.figures)));
      const rest = RESTING.has(name) && (node.children ?? []).length === 0;
      const wanted = fill(node, page, rest ? resting : awake, file.path);
      if (rest) rests.push({ name, node, wanted });
      else {
        used.add(name);
        for (const [key, index] of wanted) node.attributes?.push(dataAttribute(key, STORE, index));
      }
    }
    const imports = [...used].map((name) => importOf(name, `@site/src/components/${name}/index.tsx`));
    if (awake.values.length > 0) tree.children?.unshift(dataExport(STORE, awake.values));
    tree.children?.unshift(...imports, ...parts.put(file.path, rests, resting.values));
  };
}

/** Data of a page; equal data are kept once. */
class Store {
  readonly values: unknown[] = [];
  readonly #keys = new Map<string, number>();

  place(key: string, compute: () => unknown): number {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const index = this.values.push(compute()) - 1;
    this.#keys.set(key, index);
    return index;
  }
}

/** Computes what a component wants, and says for each of its properties where in the store it lies. */
function fill(node: Node, page: Page, store: Store, path: string): [string, number][] {
  const wanted = Object.hasOwn(FILL, node.name ?? '') ? FILL[node.name as string] : undefined;
  if (!wanted) return [];
  const has = (name: string): boolean => attribute(node, name) !== undefined;
  const get = (name: string): string => {
    const value = attribute(node, name);
    if (value === undefined) throw new book.PageError(`<${node.name}> needs the attribute "${name}"`);
    return value;
  };
  try {
    return Object.entries(wanted(get, has, page)).map(([name, [key, compute]]) => [
      name,
      store.place(key, compute),
    ]);
  } catch (error) {
    if (!(error instanceof book.PageError)) throw error;
    throw new book.PageError(
      `${path}, line ${node.position?.start.line ?? '?'}: <${node.name}>: ${error.message}.`,
    );
  }
}
