/** Exercises on services of the guest. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'guest-services';
/** Seconds after which the guest's kernel answers for a daemon that hangs. */
const KERNEL_WAITS = 30;

export const guestServices: readonly Declared[] = [
  predict(ID, {
    title: 'How many questions is a file?',
    over: { requests: [3, 5, 8, 10, 16, 20, 32], place: ['free', 'taken', 'replace'] },
    fixed: { service: 'file-copy' },
    question: ({ requests, place }) =>
      `A host copies a file of ${requests} pieces of 6 KiB into a guest. The place: ${place}. How many questions does it ask?`,
    read: ({ metrics }) => metrics.asked,
    unit: 'questions',
    because: ({ metrics, params }) =>
      metrics.asked === 1
        ? 'The first question names the place, and the answer is no.'
        : `One to begin, ${params.requests} pieces, one to end.`,
    beliefs: [
      {
        is: ({ params }) => Number(params.requests),
        why: 'Those are the pieces. A copy is also begun and ended.',
      },
      {
        is: ({ params }) => Number(params.requests) + 1,
        why: 'A copy is begun by a question and ended by another.',
      },
      {
        is: ({ params }) => Number(params.requests) + 2,
        why: 'That is a copy that is done. May it begin at all?',
      },
      { is: () => 1, why: 'The first question only names the place. If it may begin, the pieces follow.' },
    ],
    hints: [
      'The name of the file has to go over as well.',
      'What does the guest answer to the first question when a file is there that must not be replaced?',
      'Pieces + 2, or 1 when it is refused.',
    ],
  }),
  complete(ID, {
    title: 'How long does a host wait?',
    over: { trouble: ['none', 'hung', 'gone'], patience: [5, 10, 20, 40, 60, 90] },
    fixed: { service: 'kvp', duration: 600, requests: 3 },
    entry: 'longest',
    args: ['trouble', 'patience'],
    tolerance: 1.05,
    task: 'Write the rule, right within 5 %: the host asks a guest for keys and waits `patience` seconds at most. The daemon has `trouble` ("none": answers after 10 ms, "hung", "gone"). How many seconds does a question take at most?',
    read: ({ metrics }) => metrics.longest,
    starter:
      "export function longest(trouble: string, patience: number): number {\n  if (trouble === 'none') return 0.01;\n  return patience; // does nobody answer for the daemon?\n}\n",
    solution:
      "export function longest(trouble: string, patience: number): number {\n  if (trouble === 'none') return 0.01;\n  return trouble === 'hung' ? Math.min(30, patience) : patience;\n}\n",
    because:
      'For a daemon that hangs the kernel answers after thirty seconds; for one that is gone nobody does.',
    beliefs: [
      {
        is: ({ params }) => (params.trouble === 'none' ? 0.01 : Number(params.patience)),
        why: 'After thirty seconds the guest’s kernel answers for a daemon that hangs.',
      },
      {
        is: ({ params }) =>
          params.trouble === 'none' ? 0.01 : Math.min(KERNEL_WAITS, Number(params.patience)),
        why: 'For a daemon that is dead nobody answers; the kernel’s thirty seconds are for one that has taken the question.',
      },
      {
        is: ({ params }) => (params.trouble === 'none' ? 0.01 : KERNEL_WAITS),
        why: 'The host’s patience may be shorter than the kernel’s.',
      },
    ],
    hints: [
      'Two clocks run: the kernel’s, of thirty seconds, and the host’s patience.',
      'The kernel’s clock only runs for a question that the daemon has taken.',
      'hung: the shorter of 30 and patience. gone: patience.',
    ],
  }),
  explain(ID, {
    title: 'Whose fault is it?',
    over: { trouble: ['none', 'frozen', 'gone', 'hung'], service: ['heartbeat', 'kvp', 'vss'] },
    fixed: { duration: 60, after: 1 },
    question: ({ trouble, service }) =>
      `The service: ${service}. The trouble: ${trouble}, for a minute. What does the host see?`,
    sentences: [
      {
        text: 'It loses contact: three heartbeats in a row stay without an answer.',
        holds: ({ metrics }) => metrics.contactLost > 0,
        why: 'the kernel answers heartbeats; only a kernel that hangs misses them.',
      },
      {
        text: 'Every question is answered well.',
        holds: ({ metrics }) => metrics.good === metrics.asked,
        why: 'compare good with asked: who answers this service, and is that one well?',
      },
      {
        text: 'Somebody in the guest answers with an error.',
        holds: ({ metrics }) => metrics.failed > 0,
        why: 'the kernel answers for a daemon that hangs, and a backup fails at once when nobody serves it; look at failed.',
      },
      {
        text: 'The guest’s file systems stay frozen.',
        holds: ({ metrics }) => metrics.frozenAtEnd === 1,
        why: 'that takes a freeze and nobody who can thaw; look at frozenAtEnd.',
      },
      {
        text: 'A question stays without any answer.',
        holds: ({ metrics }) => metrics.unanswered > 0,
        why: 'look at unanswered: only the host’s own patience ends such a question.',
      },
    ],
    hints: [
      'Heartbeat and shutdown are answered by the kernel, the others by a daemon behind it.',
      'The counters: contactLost, good and asked, failed, frozenAtEnd, unanswered.',
      'Run it: `guest-services?service=…&trouble=…&duration=60&after=1`.',
    ],
  }),
  build(ID, {
    title: 'Half a file',
    over: { requests: [6, 10, 16], least: [6144, 12_288] },
    bounds: ['least'],
    given: { service: 'file-copy' },
    start: {},
    task: ({ requests, least }) =>
      `Copy a file of ${requests} pieces so that it goes wrong in the worst way: the copy has failed, and at least ${least} bytes of half a file are left behind in the guest.`,
    met: ({ metrics }, { least }) => metrics.remains >= Number(least) && metrics.whole === 0,
    because: ({ metrics }) =>
      `${metrics.remains} bytes are left: the host cancels, and nobody is there to take them away.`,
    misses: [
      { when: ({ metrics }) => metrics.whole === 1, why: 'The copy went well.' },
      {
        when: ({ params }) => params.place === 'full',
        why: 'When the disk is full the daemon lives, and takes away what it has of the file.',
      },
      {
        when: ({ metrics }) => metrics.copied === 0,
        why: 'The copy never began, so nothing is left behind.',
      },
    ],
    solution: () => ({ trouble: 'gone', after: 4 }),
    hints: [
      'Who takes half a file away when a copy is cancelled? See that it cannot.',
      'The daemon must have written something before its trouble begins.',
      "trouble: 'gone', after: 4.",
    ],
  }),
];
