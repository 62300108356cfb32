/** Exercises on the boot disk that changes hands. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'boot-ide-filter';

export const bootIdeFilter: readonly Declared[] = [
  predict(ID, {
    title: 'How often does the loader stop?',
    over: { system: ['windows', 'linux', 'freebsd'], fs: ['fat32', 'ext4'], int13: ['plain', 'enlightened'] },
    fixed: { disk: 'memory', scale: '128', writers: 0 },
    question: ({ system, int13 }, run) => {
      const { firmwareReads, firmwareSectors } = run().metrics;
      return `A ${system} starts. Boot manager and loader ask the BIOS for ${firmwareSectors} sectors in ${firmwareReads} reads. The BIOS: ${int13}. How many exits to device models is that?`;
    },
    read: ({ metrics }) => metrics.interceptsBefore,
    unit: 'exits',
    because: ({ params }) =>
      params.int13 === 'plain'
        ? 'Seven for each read and two for each sector.'
        : 'One for each read, whatever its size.',
    beliefs: [
      {
        is: ({ metrics }) => metrics.firmwareReads,
        why: 'One a read is right for the enlightened port. This BIOS reads register by register.',
      },
      { is: ({ metrics }) => metrics.firmwareSectors, why: 'By neither way a sector is just one exit.' },
      {
        is: ({ metrics }) => 7 * metrics.firmwareReads + 2 * metrics.firmwareSectors,
        why: 'That is register by register. The enlightened port takes the whole read at once.',
      },
      {
        is: ({ metrics }) => 2 * metrics.firmwareSectors,
        why: 'And who tells the drive what to read, and looks whether it has ended?',
      },
      {
        is: () => 0,
        why: 'VMBus is not there yet: everything before the kernel goes by the emulated controller.',
      },
    ],
    hints: [
      'Which of the two numbers counts, reads or sectors, depends on the BIOS.',
      'Register by register: the command once a read, status and data once a sector.',
      'plain: 7 × reads + 2 × sectors. enlightened: reads.',
    ],
  }),
  complete(ID, {
    title: 'Which road after the start?',
    over: { technique: ['storflt', 'prefer-ms-hyperv', 'veto', 'none'], drivers: [true, false] },
    fixed: { disk: 'memory', scale: '128', writers: 0, system: 'own' },
    entry: 'outcome',
    args: ['technique', 'drivers'],
    task: 'Write the rule: how does a start end, when the system decides on its boot disk by `technique` ("storflt", "prefer-ms-hyperv", "veto", "none") and the drivers for VMBus are there in time or not (`drivers`)? Answer "synthetic" when the running system reads by VMBus, "emulated" when it reads by the emulated controller, "no disk" when it does not start.',
    read: ({ metrics }) =>
      metrics.up === 0 ? 'no disk' : metrics.runEmulated > 0 ? 'emulated' : 'synthetic',
    starter:
      "export function outcome(technique: string, drivers: boolean): string {\n  if (!drivers) return 'emulated'; // always?\n  return 'synthetic'; // always?\n}\n",
    solution:
      "export function outcome(technique: string, drivers: boolean): string {\n  if (technique === 'none') return 'emulated';\n  if (drivers) return 'synthetic';\n  return technique === 'prefer-ms-hyperv' ? 'no disk' : 'emulated';\n}\n",
    because:
      'Somebody has to take the disk. Linux’s ATA driver refuses it whether or not the other driver is there.',
    beliefs: [
      {
        is: ({ params }) =>
          params.technique !== 'none' && params.drivers === true ? 'synthetic' : 'emulated',
        why: 'A driver that refuses the disk beforehand leaves nobody when the other one is missing.',
      },
      {
        is: ({ params }) => (params.drivers === true ? 'synthetic' : 'no disk'),
        why: 'A system that knows nothing of VMBus starts all the same, and without its drivers Windows goes the emulated way.',
      },
      {
        is: ({ params }) => (params.drivers === true ? 'synthetic' : 'emulated'),
        why: 'Drivers alone do nothing when the technique is none.',
      },
    ],
    hints: [
      'Ask of each technique: who decides, and before or after the other driver is there?',
      'Only one of them refuses the disk by the machine’s name alone.',
      'Run `boot-ide-filter?drivers=off&technique=prefer-ms-hyperv`.',
    ],
  }),
  explain(ID, {
    title: 'Is anything converted?',
    over: { technique: ['storflt', 'prefer-ms-hyperv', 'none'], rule: ['one-owner', 'two-owners'] },
    fixed: { disk: 'memory', scale: '128', system: 'own' },
    question: ({ technique, rule }) =>
      `A system starts from its emulated disk; VMBus offers the same disk. Technique: ${technique}. Rule: ${rule}. What is true of this run?`,
    sentences: [
      {
        text: 'Boot manager and loader were read by the emulated road.',
        holds: ({ metrics }) => metrics.firmwareReads > 0 && metrics.bytesEmulated > 0,
        why: 'before the kernel there is no driver for VMBus; the BIOS knows the emulated controller only.',
      },
      {
        text: 'At run time the emulated controller moves no data any more.',
        holds: ({ metrics }) => metrics.runEmulated === 0,
        why: 'look at runEmulated: it depends on who owns the disk then.',
      },
      {
        text: 'The disk keeps the name that it had.',
        holds: ({ metrics }) => metrics.sameName === 1,
        why: 'under a filter it does; where another driver finds it as another disk it does not.',
      },
      {
        text: 'Entries that were written with success are missing afterwards.',
        holds: ({ metrics }) => metrics.entriesLost > 0,
        why: 'two owners each believe what they have in memory; one owner at a time loses nothing.',
      },
      {
        text: 'Both roads give the same serial number.',
        holds: ({ metrics }) => metrics.sameSerial === 1,
        why: 'the drive that is emulated and the disk on VMBus are two faces of one image, and say different things of themselves.',
      },
    ],
    hints: [
      'The counters: firmwareReads, runEmulated, sameName, entriesLost, sameSerial.',
      'Two of the sentences are about identity, and identity is where “converted” shows to be wrong.',
      'Run your setting, and read sameName and sameSerial.',
    ],
  }),
  build(ID, {
    title: 'Let writes overtake each other',
    over: { writers: [3, 4, 6] },
    given: { technique: 'storflt', incident: 'none' },
    start: {},
    task: ({ writers }) =>
      `Break one rule of the filter so that, with ${writers} programs writing, a later write arrives before an earlier one — without giving the disk two owners for good.`,
    met: ({ metrics, params }) => metrics.overtaken > 0 && params.rule !== 'two-owners',
    because: ({ metrics }) =>
      `${metrics.overtaken} overtaken: the drive still had a command when the channel took over.`,
    misses: [
      {
        when: ({ params }) => params.rule === 'two-owners',
        why: 'That loses entries, too, but by two drivers for good.',
      },
      {
        when: ({ params }) => params.rule === 'one-owner',
        why: 'The filter waits until the drive is idle: nothing can be overtaken.',
      },
      {
        when: ({ params }) => params.ata === 'dma',
        why: 'The rule is broken, but by DMA the command in flight is done before a later one arrives. Let it take longer.',
      },
    ],
    solution: () => ({ rule: 'no-drain', ata: 'pio' }),
    hints: [
      'For what does the filter wait before it turns the switch?',
      'A command that takes long is in flight for long.',
      "rule: 'no-drain', ata: 'pio'.",
    ],
  }),
];
