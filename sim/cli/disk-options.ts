/** What `ringside disk` was asked to do, told from its options. */
import type { Issue } from '../core/errors.ts';
import { UserError } from '../core/errors.ts';
import { parseBytes } from '../core/units.ts';
import { roadParams } from '../experiments/two-roads-params.ts';
import type { RoadMode } from '../lab/guests.ts';
import { checkSeed } from '../lab/line.ts';
import type { Era } from '../machine/costs.ts';
import type { DiskWorkload, ImageJob } from './disk-workloads.ts';
import { DISK_WORKLOADS } from './disk-workloads.ts';

const NEW_IMAGE = 1024 * 1024;

/** The options as they were typed. */
export interface DiskOptions {
  readonly info?: boolean;
  readonly list?: boolean;
  readonly create?: string;
  readonly repair?: boolean;
  readonly workload: string;
  readonly mode: string;
  readonly era: string;
  readonly size?: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** One of five things to do. */
export type DiskTask =
  | { readonly kind: 'create'; readonly fixed: boolean; readonly bytes: number }
  | { readonly kind: 'repair' }
  | { readonly kind: 'info'; readonly json: boolean }
  | { readonly kind: 'list'; readonly json: boolean }
  | { readonly kind: 'run'; readonly job: ImageJob; readonly json: boolean };

/**
 * Checks the options before any file is touched.
 * @throws UserError with every mistake at once.
 */
export function readDiskOptions(options: DiskOptions): DiskTask {
  const issues = issuesOf(options);
  if (issues.length > 0) throw new UserError(issues);
  const { create, repair, info, list, workload, mode, era, seed, json = false } = options;
  const bytes = options.size === undefined ? undefined : parseBytes(options.size);
  if (create !== undefined) return { kind: 'create', fixed: create === 'fixed', bytes: bytes ?? NEW_IMAGE };
  if (repair) return { kind: 'repair' };
  if (info) return { kind: 'info', json };
  if (list) return { kind: 'list', json };
  const job = {
    workload: workload as DiskWorkload,
    mode: mode as RoadMode,
    era: era as Era,
    ...(bytes === undefined ? {} : { bytes }),
    seed: Number(seed),
  };
  return { kind: 'run', job, json };
}

function issuesOf(options: DiskOptions): Issue[] {
  const { create, repair, info, list, workload, mode, era, size = '1MiB', seed } = options;
  const asked = { '--create': create !== undefined, '--repair': repair, '--info': info, '--list': list };
  const tasks = Object.entries(asked).flatMap(([option, wanted]) => (wanted ? [option] : []));
  const bytes = parseBytes(size);
  const whole = Number.isSafeInteger(bytes) && bytes >= 512 && bytes % 512 === 0;
  const wrongSeed = checkSeed(/^\d+$/.test(seed) ? Number(seed) : seed);
  return [
    ...(tasks.length > 1 ? [bad(tasks.join(' and '), 'only one of them can be done', 'choose one')] : []),
    ...oneOf('--create', create, ['fixed', 'dynamic']),
    ...oneOf('--workload', workload, Object.keys(DISK_WORKLOADS)),
    ...oneOf('--mode', mode, Object.keys(roadParams.mode.options)),
    ...oneOf('--era', era, Object.keys(roadParams.era.options)),
    ...(whole
      ? []
      : [bad('--size', `"${size}" is no whole number of sectors`, 'write for example 512B, 64KiB or 1MiB')]),
    ...(wrongSeed ? [{ ...wrongSeed, path: '--seed' }] : []),
  ];
}

const oneOf = (option: string, value: string | undefined, known: readonly string[]): Issue[] =>
  value === undefined || known.includes(value)
    ? []
    : [bad(option, `${option} is "${value}"`, `use one of: ${known.join(', ')}`)];

const bad = (path: string, message: string, hint: string): Issue => ({
  path,
  kind: 'bad-option',
  message,
  hint,
});
