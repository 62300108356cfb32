/** Exercises on forgetting translations. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'tlb-flush';

export const tlbFlush: readonly Declared[] = [
  predict(ID, {
    title: 'How many exits is a shoot-down of today?',
    over: { how: ['invlpg', 'hypercall'], vps: [2, 3, 4, 6, 8, 16], rounds: [1, 2, 4] },
    fixed: { paging: 'slat', era: '2020', reach: 'remote' },
    question: ({ how, vps, rounds }) =>
      `With second-level tables, ${vps} processors forget a few pages, ${rounds} times. They are told so: ${how}. Interrupts are sent through synthetic MSRs, and each one that is taken is ended by one. How many exits are these flushes?`,
    read: ({ metrics }) => metrics.flushExits,
    unit: 'exits',
    because: ({ params }) =>
      params.how === 'hypercall'
        ? 'One call each time names all processors; the hypervisor does the rest.'
        : 'Two for each other processor each time: one to send the interrupt, one to end it. INVLPG itself does not exit.',
    beliefs: [
      { is: () => 0, why: 'INVLPG does not exit here, but telling another processor does.' },
      {
        is: ({ params }) => Number(params.rounds) * (Number(params.vps) - 1),
        why: 'That is the interrupts sent. Each one is also ended.',
      },
      {
        is: ({ params }) => 2 * Number(params.rounds) * Number(params.vps),
        why: 'The processor that asks does not interrupt itself.',
      },
      {
        is: ({ params }) => 2 * Number(params.rounds) * (Number(params.vps) - 1),
        why: 'That is the way by interrupts. A hypercall names all of them at once.',
      },
      {
        is: ({ params }) => Number(params.rounds),
        why: 'One each time is right for the hypercall. Interrupts go to each processor, and come to an end there.',
      },
    ],
    hints: [
      'With second-level tables INVLPG exits nowhere. What does?',
      'An interrupt through MSRs is two exits: one of the sender, one of the receiver.',
      'By hypercall: rounds. By interrupts: 2 × (processors − 1) × rounds.',
    ],
  }),
  complete(ID, {
    title: 'The rule of local flushes',
    over: { how: ['invlpg', 'cr3', 'hypercall'], paging: ['shadow', 'slat'], changed: [1, 4, 8, 16, 32] },
    fixed: { rounds: 1, era: '2012' },
    entry: 'flushExits',
    args: ['how', 'paging', 'changed'],
    task: 'Write the rule: one processor makes itself forget `changed` pages that lie in a row, by `how` ("invlpg", "cr3", "hypercall"), under `paging` ("shadow", "slat"). How many exits is the flush?',
    read: ({ metrics }) => metrics.flushExits,
    starter:
      "export function flushExits(how: string, paging: string, changed: number): number {\n  if (how === 'hypercall') return 1;\n  return changed; // under every kind of tables?\n}\n",
    solution:
      "export function flushExits(how: string, paging: string, changed: number): number {\n  if (how === 'hypercall') return 1;\n  if (paging === 'slat') return 0;\n  return how === 'cr3' ? 1 : changed;\n}\n",
    because:
      'Whose tables the processor walks decides whether a flush exits; how many pages only matters for INVLPG under shadow tables.',
    beliefs: [
      {
        is: ({ params }) => (params.how === 'invlpg' ? Number(params.changed) : 1),
        why: 'That is the world of 2008. With a second level the processor walks the guest’s own tables, and need not tell anybody.',
      },
      {
        is: ({ params }) =>
          params.paging === 'slat' ? 0 : params.how === 'invlpg' ? Number(params.changed) : 1,
        why: 'A hypercall is an exit under any tables: that is what it is.',
      },
      {
        is: ({ params }) =>
          params.how === 'hypercall' ? 1 : params.paging === 'slat' ? 0 : Number(params.changed),
        why: 'MOV CR3 is one instruction, however many pages it makes the processor forget.',
      },
    ],
    hints: [
      'Two questions: is the instruction intercepted, and how often is it executed?',
      'Under a second level neither INVLPG nor MOV CR3 is intercepted.',
      'hypercall: 1. slat: 0. shadow: 1 for MOV CR3, one for each page for INVLPG.',
    ],
  }),
  explain(ID, {
    title: 'True in 2008, false today',
    over: { paging: ['shadow', 'slat'], how: ['invlpg', 'hypercall', 'cr3'] },
    fixed: { era: '2020', rounds: 4 },
    question: ({ paging, how }) =>
      `A guest flushes eight pages on its own processor, four times. Tables: ${paging}. How: ${how}. What is true of this run?`,
    sentences: [
      {
        text: 'The flush itself makes the guest exit.',
        holds: ({ metrics }) => metrics.flushExits > 0,
        why: 'a hypercall always exits; INVLPG and MOV CR3 only where the hypervisor keeps the tables that the processor walks.',
      },
      {
        text: 'Pages that are touched again make the guest exit, because the hypervisor’s tables have no entry.',
        holds: ({ metrics }) => metrics.fills > 0,
        why: 'only shadow tables have to be filled by the hypervisor; look at fills.',
      },
      {
        text: 'A miss of the processor’s buffer reads entries on two levels.',
        holds: ({ metrics }) => metrics.tlbMisses > 0 && metrics.references / metrics.tlbMisses > 5,
        why: 'with a second level each entry of the guest lies at an address that must be found first; under shadow tables four entries are read.',
      },
      {
        text: 'After the flush some reads still see the old page.',
        holds: ({ metrics }) => metrics.stale > 0,
        why: 'a flush that is done leaves none behind, however it was done.',
      },
      {
        text: 'The hypervisor keeps tables of its own for this guest’s addresses.',
        holds: ({ metrics }) => metrics.virtualTlbPages > 0,
        why: 'those are the shadow tables; with a second level the processor walks the guest’s own.',
      },
    ],
    hints: [
      'Each sentence has a counter: flushExits, fills, references by tlbMisses, stale, virtualTlbPages.',
      'Decide first who keeps the tables that the processor walks.',
      'Run both kinds of paging with `how=hypercall` and compare.',
    ],
  }),
  build(ID, {
    title: 'Worth the call',
    over: { vps: [8, 16, 32] },
    given: { paging: 'slat', era: '2020' },
    start: { how: 'invlpg', reach: 'remote', rounds: 2 },
    task: ({ vps }) =>
      `On today’s hardware a *local* flush by hypercall loses. Find settings with ${vps} processors under which every processor forgets the pages, and the flush of a round takes one exit.`,
    met: ({ metrics, params }) =>
      params.reach === 'remote' &&
      Number(params.changed) > 0 &&
      metrics.stale === 0 &&
      metrics.flushExits === Number(params.rounds),
    because: ({ metrics, params }) =>
      `${metrics.flushExits} exits in ${params.rounds} rounds, ${metrics.flushTime} µs each: flushing others is what the call is still worth.`,
    misses: [
      {
        when: ({ params }) => params.reach === 'local',
        why: 'Only one processor forgets. The others go on with the old pages.',
      },
      { when: ({ params }) => params.how === 'none', why: 'Nobody is told, and nobody forgets.' },
      { when: ({ params }) => Number(params.changed) === 0, why: 'There is nothing to forget.' },
      {
        when: ({ params }) => params.how === 'invlpg' || params.how === 'cr3',
        why: 'The others are told by interrupts, and each is two exits.',
      },
    ],
    solution: () => ({ how: 'hypercall', reach: 'remote', rounds: 2 }),
    hints: [
      'What names all processors in one exit?',
      'A call is one exit whatever it is told. Is it told to reach the others?',
      "how: 'hypercall', reach: 'remote'.",
    ],
  }),
];
