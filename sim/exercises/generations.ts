/** Exercises on the two generations of virtual machines. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'generations';

export const generations: readonly Declared[] = [
  predict(ID, {
    title: 'How many connect to VMBus?',
    over: { generation: ['1', '2'], bus: ['ide', 'scsi', 'none'] },
    fixed: { scale: '64', model: 'memory' },
    question: ({ generation, bus }) =>
      `A machine of generation ${generation}; its boot disk: ${bus}. How often does somebody in the guest agree on a version of VMBus with the host, from power-on until it runs or gives up?`,
    read: ({ metrics }) => metrics.connections,
    unit: 'connections',
    because: ({ metrics, params }) =>
      params.generation === '2'
        ? metrics.connections === 2
          ? 'The firmware connects to find its disk and leaves; the kernel connects anew.'
          : 'The firmware connects and finds no disk. There is no kernel after it.'
        : metrics.connections === 1
          ? 'The BIOS knows no VMBus; the kernel connects.'
          : 'The BIOS knows no VMBus, and finds no disk: nobody ever connects.',
    beliefs: [
      { is: () => 0, why: 'A kernel that runs connects, and firmware of generation 2 even before it.' },
      { is: () => 1, why: 'Count the firmware as well, and ask whether there is ever a kernel.' },
      {
        is: () => 2,
        why: 'Two is firmware and kernel. Does this firmware know VMBus, and does a kernel follow?',
      },
    ],
    hints: [
      'Who in the guest could connect: the firmware, the kernel?',
      'Only the firmware of generation 2 knows VMBus. A kernel comes only when a disk to start from is found.',
      'Ask both questions and add.',
    ],
  }),
  complete(ID, {
    title: 'What starts?',
    over: { generation: ['1', '2'], bus: ['ide', 'scsi', 'none'], firmware: ['shipped', 'never', 'always'] },
    fixed: { scale: '64', model: 'memory' },
    entry: 'starts',
    args: ['generation', 'bus', 'firmware'],
    task: 'Write the rule: does a machine of `generation` ("1", "2") start from a disk on `bus` ("ide", "scsi", "none")? `firmware` says whether its firmware has code for VMBus ("shipped": as sold, "never", "always": then it has no other). Answer true or false.',
    read: ({ metrics }) => metrics.booted === 1,
    starter:
      "export function starts(generation: string, bus: string, firmware: string): boolean {\n  return generation === '2' ? bus === 'scsi' : bus === 'ide'; // is it the generation that decides?\n}\n",
    solution:
      "export function starts(generation: string, bus: string, firmware: string): boolean {\n  const vmbus = firmware === 'always' || (firmware === 'shipped' && generation === '2');\n  if (bus === 'scsi') return vmbus;\n  return bus === 'ide' && generation === '1' && !vmbus;\n}\n",
    because: 'What decides is code in the firmware, and whether the board has the cable at all.',
    beliefs: [
      {
        is: ({ params }) => (params.generation === '2' ? params.bus === 'scsi' : params.bus === 'ide'),
        why: 'That is what is sold. With other code a BIOS starts from SCSI, and without it UEFI does not.',
      },
      {
        is: ({ params }) => params.bus !== 'none',
        why: 'A disk that the firmware cannot reach is none to start from.',
      },
      {
        is: ({ params }) => params.bus === 'scsi',
        why: 'Generation 1 starts from IDE, and SCSI needs code in the firmware.',
      },
    ],
    hints: [
      'A SCSI disk here is a channel of VMBus. Who can speak it before there is a kernel?',
      'Generation 2 has no IDE controller. A BIOS with code for VMBus alone does not look at its cables.',
      'First say when the firmware speaks VMBus, then look at the bus.',
    ],
  }),
  explain(ID, {
    title: 'What is a generation?',
    over: { generation: ['1', '2'], bus: ['ide', 'scsi'], add: ['scsi', 'ide'] },
    fixed: { scale: '64', model: 'memory' },
    question: ({ generation, bus, add }) =>
      `A machine of generation ${generation}, its boot disk on ${bus}. While it runs somebody adds a disk: ${add}. What is true of this run?`,
    sentences: [
      {
        text: 'The machine starts.',
        holds: ({ metrics }) => metrics.booted === 1,
        why: 'a BIOS reaches disks on IDE, the firmware of generation 2 those on VMBus.',
      },
      {
        text: 'The host is told how the start ended.',
        holds: ({ metrics }) => metrics.reported > 0,
        why: 'the firmware of generation 2 tells it; from a BIOS it hears nothing.',
      },
      {
        text: 'The added disk is known to the kernel in the end.',
        holds: ({ metrics }) => metrics.added === 1 && metrics.disks > 1,
        why: 'VMBus can tell a guest that something has come, if there is one; a cable cannot.',
      },
      {
        text: 'Once it runs, it reads its disk by VMBus.',
        holds: ({ metrics }) => metrics.dataSignals > 0,
        why: 'the kernel does so in either generation, if it ever runs; look at dataSignals.',
      },
      {
        text: 'More than fifty accesses to ports of emulated devices were needed.',
        holds: ({ metrics }) => metrics.portAccesses > 50,
        why: 'generation 2 has two: it hands over its boot log; a BIOS reads the disk that way. Look at portAccesses.',
      },
    ],
    hints: [
      'Does it start at all? Most other sentences follow from that.',
      'The counters: booted, reported, added, dataSignals, portAccesses.',
      'Run your setting: `generations?generation=1&bus=ide&add=ide`.',
    ],
  }),
  build(ID, {
    title: 'A BIOS that starts from SCSI',
    over: { scale: ['32', '64'], model: ['memory', 'sata-ssd'] },
    given: { generation: '1' },
    start: { bus: 'scsi' },
    task: () =>
      'Nobody sells it: make a machine of generation 1 start from a disk that is on a SCSI controller of Hyper-V.',
    met: ({ metrics, params }) => metrics.booted === 1 && params.bus === 'scsi',
    because: () => 'It starts: the code was all that was missing.',
    misses: [
      { when: ({ params }) => params.bus === 'ide', why: 'That is the cable that every BIOS knows.' },
      {
        when: ({ params }) => params.firmware !== 'always',
        why: 'This BIOS has no code for VMBus, so the disk is not there for it.',
      },
    ],
    solution: () => ({ bus: 'scsi', firmware: 'always' }),
    hints: [
      'What has UEFI of generation 2 that this BIOS has not?',
      'It is neither UEFI nor the board.',
      "firmware: 'always'.",
    ],
  }),
];
