import { formatCount as n } from '../../../sim/lab/format.ts';
import type { RecapIs } from './types.ts';

export const guestServices: RecapIs = {
  line: 'guest-services',
  sentences: [
    {
      says: ({ metrics }) =>
        `The host asked ${n(metrics.asked)} times and got ${n(metrics.good)} good answers.`,
      holds: ({ metrics }) => metrics.asked > 0 && metrics.good === metrics.asked,
      otherwise: ({ metrics }) =>
        `The host asked ${n(metrics.asked)} times and got ${n(metrics.good)} good answers; ${n(metrics.failed)} failed, ${n(metrics.unanswered)} never came.`,
    },
    {
      says: ({ metrics }) => `It never waited longer than ${n(metrics.longest)} s.`,
      holds: ({ metrics }) => metrics.longest < 1,
      otherwise: ({ metrics, params }) =>
        `It waited up to ${n(metrics.longest)} s${
          params.trouble === 'frozen'
            ? ', until the guest’s kernel went on or the host gave up'
            : params.trouble === 'late'
              ? ', because the daemon was late'
              : ': as long as it took until somebody gave up, the guest’s kernel or the host'
        }.`,
    },
    {
      says: ({ metrics }) =>
        `${n(metrics.beatsAnswered)} of ${n(metrics.beats)} heartbeats were answered, and contact was ${metrics.contactLost === 0 ? 'never lost' : 'lost'}. That proves that the kernel runs, and nothing about any program.`,
      holds: ({ metrics }) => metrics.contactLost === 0,
      otherwise: ({ metrics }) =>
        `${n(metrics.beatsAnswered)} of ${n(metrics.beats)} heartbeats were answered, and the host lost contact: this time it was the kernel that did not run.`,
    },
  ],
};
