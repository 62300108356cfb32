import type { VariantIs } from './types.ts';

/** Seconds after which the guest's kernel answers for a daemon that hangs. */
const KERNEL_WAITS = 30;

export const guestServices: VariantIs = {
  question: ({ trouble, patience }) =>
    `The host asks a guest for a key. The trouble: ${trouble}. The host’s patience: ${patience} s. How long does it wait for a question at most?`,
  over: { trouble: ['hung', 'gone'], patience: [5, 10, 20, 25, 40, 60, 90, 120] },
  fixed: { service: 'kvp', duration: 600, requests: 3 },
  metric: 'longest',
  unit: 's',
  tolerance: 1.03,
  because: ({ params, metrics }) =>
    metrics.longest < Number(params.patience) - 1
      ? `After ${KERNEL_WAITS} s the guest’s kernel answers for a daemon that hangs: failed. The host still had patience.`
      : params.trouble === 'gone'
        ? 'A daemon that is dead has no one who answers for it. Only the host’s own patience ends the wait.'
        : `The host gives up before the ${KERNEL_WAITS} s after which the kernel would answer.`,
  mistakes: [
    {
      is: () => KERNEL_WAITS,
      why: 'Thirty seconds is when the kernel answers for a daemon that hangs. Does it hang, and does the host wait for so long?',
    },
    {
      is: ({ params }) => Number(params.patience),
      why: 'Somebody answers before the host’s patience is at its end: the guest’s kernel, for a daemon that hangs.',
    },
    {
      is: ({ params }) => KERNEL_WAITS + Number(params.patience),
      why: 'The two run at the same time; the shorter one ends the wait.',
    },
    { is: () => 0, why: 'Nobody tells the host at once that a daemon does not answer.' },
    {
      is: ({ params }) => Number(params.duration),
      why: 'So long the daemon hangs. The host does not wait for its end.',
    },
  ],
};
