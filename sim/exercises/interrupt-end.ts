/** Exercises on the end of an interrupt. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'interrupt-end';

export const interruptEnd: readonly Declared[] = [
  predict(ID, {
    title: 'What does the task priority cost?',
    over: { level: ['page', 'lazy', 'cr8'], locks: [8, 12, 16, 24, 32], rounds: [4, 10] },
    fixed: { rate: 5000, era: '2008' },
    question: ({ level, locks, rounds }) =>
      `Between two interrupts a guest takes ${locks} locks, and each raises the level and lowers it again. That happens ${rounds} times. Where the level is kept: ${level}. About how many exits is keeping it?`,
    read: ({ metrics }) => metrics.levelExits,
    unit: 'exits',
    tolerance: 1.4,
    because: ({ metrics }) =>
      metrics.levelExits === 0
        ? 'None: nobody has to hear of it until an interrupt comes too early.'
        : 'Two writes for each lock, and some for the interrupt itself; each is a store to the page, and an exit.',
    beliefs: [
      { is: () => 0, why: 'The page of the APIC is not memory: a store to it is an exit.' },
      {
        is: ({ params }) => Number(params.locks) * Number(params.rounds),
        why: 'A lock raises the level and lowers it: two writes.',
      },
      {
        is: ({ params }) => 2 * Number(params.locks) * Number(params.rounds),
        why: 'Two a lock is right where the level lies in the APIC’s page. Here it does not.',
      },
      {
        is: ({ params }) => Number(params.rounds),
        why: 'One for each interrupt would be its end. The level is written at each lock.',
      },
    ],
    hints: [
      'Which of the three places is somebody else’s?',
      'A level in memory, or in CR8 of a 64-bit guest, needs no exit.',
      'In the page: two for each lock and a few for each interrupt.',
    ],
  }),
  complete(ID, {
    title: 'Exits to end interrupts',
    over: { method: ['mmio', 'msr', 'assist', 'auto'], together: [1, 2, 4], rounds: [10, 20] },
    entry: 'eoiExits',
    args: ['method', 'together', 'rounds'],
    task: 'Write the rule, for a processor without help of its own: `rounds` times `together` interrupts arrive at once, and the guest ends each by `method` ("mmio", "msr", "assist", "auto"). How many exits do all the ends take?',
    read: ({ metrics }) => metrics.eoiExits,
    starter:
      "export function eoiExits(method: string, together: number, rounds: number): number {\n  if (method === 'auto') return 0;\n  if (method === 'assist') return 0; // always?\n  return together * rounds;\n}\n",
    solution:
      "export function eoiExits(method: string, together: number, rounds: number): number {\n  if (method === 'auto') return 0;\n  if (method === 'assist') return (together - 1) * rounds;\n  return together * rounds;\n}\n",
    because: 'The assist page spares the last end of each group: the others are waited for.',
    beliefs: [
      {
        is: ({ params, metrics }) =>
          params.method === 'assist' || params.method === 'auto' ? 0 : metrics.ends,
        why: 'The bit “no EOI required” is set only when no other interrupt waits. Of a group the last one alone is spared.',
      },
      {
        is: ({ params }) => (params.method === 'auto' ? 0 : Number(params.together) * Number(params.rounds)),
        why: 'The page spares one end of each group.',
      },
      {
        is: ({ params }) => Number(params.together) * Number(params.rounds),
        why: 'An interrupt with AutoEOI ends when it begins; nobody says anything.',
      },
    ],
    hints: [
      'Three of the four methods depend on the number of interrupts alone. Which one looks whether another waits?',
      'Of four that are pending together the hypervisor must hear of three ends.',
      'assist: (together − 1) × rounds.',
    ],
  }),
  explain(ID, {
    title: 'Help of the guest, help of the processor',
    over: { method: ['mmio', 'msr', 'assist', 'auto'], hardware: ['plain', 'apicv'] },
    fixed: { era: '2020', rounds: 40 },
    question: ({ method, hardware }) =>
      `Forty interrupts, one at a time. The guest ends them like this: ${method}. The processor: ${hardware}. What is true of this run?`,
    sentences: [
      {
        text: 'Ending an interrupt is an exit.',
        holds: ({ metrics }) => metrics.eoiExits > 0,
        why: 'it is, unless a page, AutoEOI or the processor spares it; look at eoiExits.',
      },
      {
        text: 'The interrupts reach the guest without an exit.',
        holds: ({ metrics }) => metrics.posted > 0,
        why: 'only a processor with APICv posts them, and not when a source has AutoEOI; look at posted.',
      },
      {
        text: 'Each interrupt is heard.',
        holds: ({ metrics }) => metrics.unheard === 0 && metrics.merged === 0,
        why: 'all of these ways keep the rules, so none waits for ever.',
      },
      {
        text: 'Nothing of an interrupt costs a ring transition.',
        holds: ({ metrics }) => metrics.ringTransitions === 0,
        why: 'injection is one, and so is an end that exits; look at ringTransitions.',
      },
      {
        text: 'The guest spares the hypervisor every end.',
        holds: ({ metrics }) => metrics.ends > 0 && metrics.spared >= metrics.ends,
        why: 'compare spared with ends; an interrupt with AutoEOI has no end to spare.',
      },
    ],
    hints: [
      'The counters: eoiExits, posted, merged and unheard, ringTransitions, spared and ends.',
      'APICv helps the page, not the MSR; and AutoEOI switches it off.',
      'Run the eight combinations; two have no ring transition at all or nearly so.',
    ],
  }),
  build(ID, {
    title: 'No exit, on an old processor',
    over: { rounds: [50, 100, 200] },
    given: { era: '2012', hardware: 'plain', rule: 'correct' },
    start: { method: 'msr' },
    task: ({ rounds }) =>
      `A processor of 2012 without any help for its APIC takes ${rounds} interrupts. See to it that the guest has no exit for them, and says itself when each one is done (so not by AutoEOI).`,
    met: ({ metrics }) => metrics.hypervisorExits === 0 && metrics.ends > 0 && metrics.unheard === 0,
    because: ({ metrics }) => `${metrics.spared} ends by a bit in shared memory.`,
    misses: [
      { when: ({ metrics }) => metrics.ends === 0, why: 'With AutoEOI nobody says anything.' },
      {
        when: ({ params }) => params.method === 'assist',
        why: 'The assist page is the way, but while others wait the hypervisor must hear of each end.',
      },
      {
        when: ({ params }) => params.method !== 'assist',
        why: 'A store or a write to an MSR is an exit on such a processor.',
      },
    ],
    solution: () => ({ method: 'assist', together: 1 }),
    hints: [
      'What does the hypervisor need to know, and when not?',
      'A page that both sides see can say “no EOI required”.',
      "method: 'assist', and interrupts that come alone.",
    ],
  }),
];
