/** Lets a guest from a profile do the mixed work, once, or once more without each of its enlightenments. */
import type { Issue } from '../core/errors.ts';
import type { Findings } from '../lab/experiment.ts';
import type { Lab } from '../lab/lab.ts';
import type { WhoParams } from './who-is-enlightened-host.ts';
import { runOnce } from './who-is-enlightened-host.ts';
import type { WhoMetric } from './who-is-enlightened-metrics.ts';
import { mechanismSeries, reasonSeries } from './who-is-enlightened-metrics.ts';
import { ablationSeries, jobSeries, metricsOf, timeSeries } from './who-is-enlightened-report.ts';

export type { WhoParams } from './who-is-enlightened-host.ts';

/**
 * What a run may ask for: processors, times processors and something, times milliseconds. Interrupts to all others make it grow with the
 * square. The longest takes about two seconds.
 */
const LONGEST = 200_000;
const OTHERS = 16;
const ABLATION_RUNS = 12;

/** Processors of 2008 knew no APICv; and there is nothing to find where nothing shows itself. */
export function checkWho(params: WhoParams): Issue[] {
  const { apic, era, vps, share, time, ablation } = params;
  const issues: Issue[] = [];
  if (apic === 'apicv' && era === '2008')
    issues.push({
      path: 'apic',
      kind: 'not-there',
      message: 'processors of 2008 have no APICv',
      hint: 'use apic=flex, or a later era',
    });
  if (share > vps)
    issues.push({
      path: 'share',
      kind: 'too-many',
      message: `${vps} processors cannot be ${share} to each real one`,
      hint: 'use a smaller share, or more processors',
    });
  const size = vps * (vps + OTHERS) * time * (ablation ? ABLATION_RUNS : 1);
  if (size > LONGEST)
    issues.push({
      path: 'time',
      kind: 'too-long',
      message: `${vps} processors for ${time} ms${ablation ? ', once for each enlightenment,' : ''} would take too long`,
      hint: 'use a shorter time, or fewer processors',
    });
  return issues;
}

/** Runs the experiment. */
export function simulateWho(params: WhoParams, lab: Lab): Findings<WhoMetric> {
  const run = runOnce(params, lab, params.without === 'none' ? [] : [params.without]);
  const { uses } = run.guest.kernel;
  return {
    metrics: metricsOf(run, params),
    series: [
      jobSeries(run, params),
      mechanismSeries(uses),
      reasonSeries(uses),
      timeSeries(run),
      ...(params.ablation ? ablationSeries(run, params, lab) : []),
    ],
  };
}
