/** The runs behind the figure of the first page: one read of three sizes, by two roads. */
import type { Band } from '../../truth/types.ts';
import { num, still } from './book.ts';

export interface HomeRun {
  readonly line: string;
  readonly bands: readonly Band[];
  readonly length: number;
  readonly hz: number;
  readonly intercepts: string;
  readonly signals: string;
  readonly digest: string;
}

export interface HomePair {
  readonly size: string;
  readonly emulated: HomeRun;
  readonly synthetic: HomeRun;
}

const SIZES = ['512B', '4KiB', '64KiB'] as const;

export const homeRuns = (): HomePair[] =>
  SIZES.map((size) => ({
    size: size.replace(/(\d)([A-Z])/, '$1\u202f$2'),
    emulated: homeRun(`two-roads?op=read&size=${size}`),
    synthetic: homeRun(`two-roads?mode=synthetic&op=read&size=${size}`),
  }));

function homeRun(line: string): HomeRun {
  const drawn = still(line);
  return {
    line: drawn.line,
    bands: drawn.bands,
    length: drawn.length,
    hz: drawn.hz,
    intercepts: num(line, 'deviceIntercepts').text,
    signals: num(line, 'signals').text,
    digest: drawn.digest,
  };
}
