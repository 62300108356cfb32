/** What page and worker say to each other. */
import type { Difference } from '../../../sim/lab/difference.ts';
import type { Sensitivity } from '../../../sim/lab/sensitivity.ts';
import type { RecapData } from '../../truth/recap.ts';
import type { Detail, Issue, Schema, Still } from '../../truth/types.ts';

/** Forms in which a run leaves the page. */
export type Take = 'snippet' | 'notebook' | 'mermaid' | 'svg' | 'csv' | 'json' | 'perfetto';

export type Question =
  | {
      readonly id: number;
      readonly kind: 'run' | 'details' | 'recap' | 'difference' | 'sensitivity' | 'open';
      readonly lines: readonly string[];
    }
  | { readonly id: number; readonly kind: 'take'; readonly take: Take; readonly lines: readonly string[] };

export type Answer =
  | {
      readonly id: number;
      readonly kind: 'runs';
      readonly stills: readonly Still[];
      readonly met: readonly boolean[];
    }
  | { readonly id: number; readonly kind: 'details'; readonly details: readonly Detail[] }
  | { readonly id: number; readonly kind: 'recap'; readonly recap: RecapData }
  | { readonly id: number; readonly kind: 'difference'; readonly difference: Difference }
  | { readonly id: number; readonly kind: 'sensitivity'; readonly sensitivity: Sensitivity }
  | {
      readonly id: number;
      readonly kind: 'opened';
      readonly schema: Schema;
      readonly stills: readonly Still[];
      readonly difference?: Difference;
    }
  | { readonly id: number; readonly kind: 'text'; readonly text: string }
  | {
      readonly id: number;
      readonly kind: 'failure';
      readonly issues: readonly Issue[];
      readonly message: string;
    };
