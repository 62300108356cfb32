/** Exercises on interrupts between processors. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'ipi';
const targets = (params: Readonly<Record<string, unknown>>): number => Number(params.vps) - 1;

export const ipi: readonly Declared[] = [
  predict(ID, {
    title: 'All exits of all processors',
    over: { method: ['each', 'call', 'others'], vps: [4, 8, 12, 16, 32, 48] },
    fixed: { apic: 'x2apic', rounds: 1, era: '2020' },
    question: ({ method, vps }) =>
      `On ${vps} processors one interrupts all others, once. The way: ${method}, in x2APIC mode. A target ends its interrupt by an MSR. How many exits do all processors have together?`,
    read: ({ metrics }) => metrics.hypervisorExits,
    unit: 'exits',
    because: ({ metrics, params }) =>
      `${metrics.hypervisorExits - targets(params)} of the sender, and one of each of the ${targets(params)} targets for its end.`,
    beliefs: [
      {
        is: ({ metrics }) => metrics.senderExits,
        why: 'That is the sender alone. Each target ends its interrupt.',
      },
      {
        is: ({ params }) => targets(params),
        why: 'That is the targets alone. The sender has to leave as well.',
      },
      { is: () => 1, why: 'One exit is what a call takes the sender. The targets are as many as before.' },
      {
        is: ({ params }) => 2 * targets(params),
        why: 'That is one by one. This way names all others at once.',
      },
      {
        is: ({ params }) => 1 + targets(params),
        why: 'That is a way that names all at once. Here each target is a command of its own.',
      },
      { is: ({ params }) => 2 * Number(params.vps), why: 'The sender does not interrupt itself.' },
    ],
    hints: [
      'Count the sender and the targets apart.',
      'A call or a shorthand is one exit for any number of targets. Each target has one of its own.',
      'one by one: 2 × (n − 1); all at once: 1 + (n − 1).',
    ],
  }),
  complete(ID, {
    title: 'Exits of the sender',
    over: { method: ['each', 'cluster', 'others', 'call'], vps: [4, 8, 20, 33, 40, 64, 100] },
    fixed: { apic: 'x2apic', rounds: 1 },
    entry: 'senderExits',
    args: ['method', 'vps'],
    task: 'Write the rule for x2APIC mode: one of `vps` processors interrupts all others by `method` ("each", "cluster", "others", "call"). A logical destination names processors of one cluster of sixteen. How many exits does the sender have?',
    read: ({ metrics }) => metrics.senderExits,
    starter:
      "export function senderExits(method: string, vps: number): number {\n  if (method === 'cluster') return vps / 16; // whole clusters only?\n  return method === 'each' ? vps : 1;\n}\n",
    solution:
      "export function senderExits(method: string, vps: number): number {\n  if (method === 'each') return vps - 1;\n  if (method === 'cluster') return Math.ceil(vps / 16);\n  return 1;\n}\n",
    because: 'One a target, one a cluster, or one for all.',
    beliefs: [
      {
        is: ({ params }) =>
          params.method === 'each'
            ? Number(params.vps)
            : params.method === 'cluster'
              ? Math.ceil(Number(params.vps) / 16)
              : 1,
        why: 'The sender does not interrupt itself.',
      },
      {
        is: ({ params }) =>
          params.method === 'each'
            ? targets(params)
            : params.method === 'cluster'
              ? Math.floor(Number(params.vps) / 16)
              : 1,
        why: 'A cluster that is not full takes a command as well.',
      },
      {
        is: ({ params }) => targets(params),
        why: 'That is one command for each target. Some ways name several at once.',
      },
    ],
    hints: [
      'Which ways name several targets in one command?',
      'A command for a cluster names up to sixteen, and the last cluster may hold fewer.',
      'each: vps − 1. cluster: vps / 16, rounded up. others and call: 1.',
    ],
  }),
  explain(ID, {
    title: 'What does a call spare?',
    over: { method: ['each', 'call', 'others'], overcommit: [1, 2], idle: [true, false] },
    fixed: { apic: 'x2apic', rounds: 1, vps: 16 },
    question: ({ method, overcommit, idle }) =>
      `Sixteen processors, one interrupts all others. The way: ${method}. Virtual processors for each logical one: ${overcommit}. Targets that are idle sleep: ${idle}. What is true of this run?`,
    sentences: [
      {
        text: 'The sender leaves once for all targets.',
        holds: ({ metrics }) => metrics.senderExits === 1,
        why: 'a call or a shorthand names all at once; one by one is an exit each.',
      },
      {
        text: 'Every target takes its interrupt.',
        holds: ({ metrics }) => metrics.missing === 0,
        why: 'whichever way it was sent, it arrives; look at missing.',
      },
      {
        text: 'The last answer comes after milliseconds.',
        holds: ({ metrics }) => metrics.allCycles > 3_000_000,
        why: 'that happens when a target’s processor runs somebody else: the way of sending does not matter then.',
      },
      {
        text: 'Targets end their interrupts without an exit.',
        holds: ({ metrics }) => metrics.endExits === 0,
        why: 'each end is an exit here; look at endExits.',
      },
      {
        text: 'The time of the sender does not depend on how many targets there are.',
        holds: ({ metrics }) => metrics.targetCycles > 1e9,
        why: 'the hypervisor still goes from one target to the next: some 2 500 cycles each.',
      },
    ],
    hints: [
      'The counters: senderExits, missing, allCycles, endExits, targetCycles.',
      'What an exit costs and what a time slice costs differ by a thousand.',
      'Run it with `--overcommit 2` and look at allCycles.',
    ],
  }),
  build(ID, {
    title: 'One exit without the call',
    over: { vps: [8, 16, 32] },
    given: { era: '2012', rounds: 1 },
    start: { guest: 'windows-10' },
    task: ({ vps }) =>
      `On a host of 2012, which recommends no call for this to anybody, ${vps} processors. Find a way by which one of them interrupts all others with one exit of the sender.`,
    met: ({ metrics, params }) => metrics.senderExits === 1 && params.method !== 'call',
    because: () => 'The command for all others is as old as the APIC; in x2APIC mode it is one write.',
    misses: [
      {
        when: ({ params }) => params.guest !== 'set',
        why: 'A system decides by what its host recommends, and this host recommends no call: it sends one command for each target.',
      },
      {
        when: ({ params }) => params.method === 'call',
        why: 'This host does not recommend the call. There is an older way.',
      },
      {
        when: ({ params }) => params.apic === 'xapic',
        why: 'In memory even one command is three accesses: is the last one gone, destination, command.',
      },
      { when: ({ params }) => params.method === 'each', why: 'One by one is a command for each target.' },
      {
        when: ({ params }) => params.method === 'cluster',
        why: 'A destination names sixteen processors at most, so this is one exit only where there are no more.',
      },
    ],
    solution: () => ({ guest: 'set', apic: 'x2apic', method: 'others' }),
    hints: [
      'No system of the list does it here; set guest to "set" and choose the way yourself.',
      'Which command names all others without a list?',
      "apic: 'x2apic', method: 'others'.",
    ],
  }),
];
