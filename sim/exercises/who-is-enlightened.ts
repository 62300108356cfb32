/** Exercises on who is enlightened. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'who-is-enlightened';
const SYSTEMS = [
  'unmodified',
  'windows-2000',
  'windows-xp',
  'windows-2008',
  'linux-2.6.32',
  'windows-10',
  'freebsd',
  'linux-today',
];

export const whoIsEnlightened: readonly Declared[] = [
  predict(ID, {
    title: 'Who answers a clock reading?',
    over: {
      system: ['unmodified', 'windows-xp', 'linux-2.6.32', 'windows-10', 'linux-today'],
      era: ['2008', '2020'],
    },
    fixed: { part: 'clock', vps: 1, time: 40 },
    question: ({ system, era }, run) =>
      `A ${system} on a host of ${era} reads its clock and does nothing else; its tick goes on. It has ${run().metrics.jobs} readings in 40 ms. How many exits a second go to emulated devices?`,
    read: ({ metrics }) => metrics.deviceExits,
    unit: 'exits a second',
    tolerance: 1.2,
    because: ({ metrics }) =>
      metrics.deviceExits > 0
        ? 'It knows no other clock than the PC’s: every reading is a port, and so is what its tick needs.'
        : 'It reads an MSR or a page. Neither is a device, whoever else answers.',
    beliefs: [
      {
        is: ({ metrics }) => metrics.jobs,
        why: 'That is the readings in 40 ms; a second has twenty-five times as many. And does this system ask a device?',
      },
      {
        is: ({ metrics }) => 25 * metrics.jobs,
        why: 'One a reading would be right for a system that reads a port, and it has a tick besides. Does this one?',
      },
      {
        is: () => 0,
        why: 'None is right for a system that knows the hypervisor’s clock. This one does not.',
      },
    ],
    hints: [
      'Does this system know the hypervisor’s clock?',
      'The counter is an MSR and the page is memory: no device in either case.',
      'If it does not know: readings a second, and a few more for the tick.',
    ],
  }),
  complete(ID, {
    title: 'Who speaks VMBus?',
    over: { system: SYSTEMS, visible: [true, false] },
    fixed: { part: 'disk', vps: 1, time: 40, era: '2012' },
    entry: 'road',
    args: ['system', 'visible'],
    task: `Write the rule: does a request of \`system\` to its disk go by "ring" or by "ports"? \`visible\` says whether CPUID shows the hypervisor’s signature. Systems: ${SYSTEMS.map((name) => `"${name}"`).join(', ')}. Integration components are installed where there are any.`,
    read: ({ metrics }) => (metrics.perRequest > 10 ? 'ports' : 'ring'),
    starter:
      "export function road(system: string, visible: boolean): string {\n  return system.startsWith('windows') ? 'ring' : 'ports'; // only Windows?\n}\n",
    solution:
      "export function road(system: string, visible: boolean): string {\n  return system !== 'unmodified' && visible ? 'ring' : 'ports';\n}\n",
    because: 'Whoever has a driver and can see the hypervisor goes by the ring, whoever wrote the driver.',
    beliefs: [
      {
        is: ({ params }) =>
          String(params.system).startsWith('windows') && params.visible === true ? 'ring' : 'ports',
        why: 'Linux and FreeBSD have drivers for the bus as well.',
      },
      {
        is: ({ params }) => (params.system !== 'unmodified' ? 'ring' : 'ports'),
        why: 'A driver first has to find out where it is: without the signature in CPUID nobody is there to talk to.',
      },
    ],
    hints: [
      'Two things are needed: a driver, and a hypervisor that shows itself.',
      'Run `who-is-enlightened?part=disk&system=freebsd`, with `visible=off` and without; look at perRequest.',
      'Ports for unmodified, and for everybody when visible is false.',
    ],
  }),
  explain(ID, {
    title: 'What is an enlightenment?',
    over: {
      system: ['unmodified', 'windows-xp', 'windows-2008', 'linux-2.6.32', 'linux-today'],
      era: ['2008', '2020'],
    },
    fixed: { time: 40 },
    question: ({ system, era }) =>
      `System: ${system}. Host: ${era}. All parts of the work. What is true of this run?`,
    sentences: [
      {
        text: 'The system uses at least one enlightenment.',
        holds: ({ metrics }) => metrics.inUse > 0,
        why: 'look at inUse: drivers for VMBus count as well.',
      },
      {
        text: 'Every enlightenment in use is a hypercall.',
        holds: ({ metrics }) => metrics.inUse > 0 && metrics.noCall === 0,
        why: 'most are registers, pages or rules of the guest only; compare byCall and noCall.',
      },
      {
        text: 'A request to the disk goes register by register.',
        holds: ({ metrics }) => metrics.perRequest > 10,
        why: 'only a system without a driver for the bus does that; look at perRequest.',
      },
      {
        text: 'The guest’s page tables cost it exits.',
        holds: ({ metrics }) => metrics.memoryExits > 0,
        why: 'they do under shadow tables, on hosts of 2008; look at memoryExits.',
      },
      {
        text: 'The host offers things that this system does not use.',
        holds: ({ metrics }) => metrics.offered > metrics.inUse,
        why: 'compare offered with inUse.',
      },
    ],
    hints: [
      'The counters: inUse, byCall and noCall, perRequest, memoryExits, offered.',
      'What exits for memory is a matter of the hardware more than of the system.',
      'Run your system on both hosts.',
    ],
  }),
  build(ID, {
    title: 'Fewer exits, no new guest',
    over: { factor: [4, 6, 8] },
    bounds: ['factor'],
    given: { part: 'all', time: 40, vps: 4 },
    start: { system: 'unmodified', era: '2008' },
    task: ({ factor }) =>
      `An unmodified system has about 160 000 exits a second on a host of 2008. Without changing the system, bring them down to a ${factor}th or less.`,
    met: ({ metrics, params }, { factor }) =>
      params.system === 'unmodified' && metrics.exits <= 160_000 / Number(factor),
    because: ({ metrics }) =>
      `${metrics.exits} exits a second: tables of two levels and an APIC in the processor took the same exits away as enlightenments did.`,
    misses: [
      {
        when: ({ params }) => params.system !== 'unmodified',
        why: 'That is another system. This one cannot be changed.',
      },
      {
        when: ({ params }) => params.era === '2008',
        why: 'On hardware of 2008 an unmodified system pays for tables and task priority.',
      },
      {
        when: ({ params }) => params.apic !== 'era',
        why: 'A part of the hardware alone is not enough: look at which exits are left.',
      },
    ],
    solution: () => ({ system: 'unmodified', era: '2020' }),
    hints: [
      'What if not the guest learns, but the processor?',
      'Which setting is the hardware?',
      "era: '2020'.",
    ],
  }),
];
