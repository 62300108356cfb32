/** Exercises on integration components. */
import { build } from './build.ts';
import { complete } from './complete.ts';
import type { Declared } from './exercise.ts';
import { explain } from './explain.ts';
import { predict } from './predict.ts';

const ID = 'integration-components';

export const integrationComponents: readonly Declared[] = [
  predict(ID, {
    title: 'What goes the old way for ever?',
    over: { package: ['none', 'rtm', 'r2'], requests: [4, 8, 12, 16, 24, 32] },
    fixed: { workload: 'control' },
    question: ({ package: installed, requests }) =>
      `A Server 2003 asks its emulated boot disk ${Number(requests) / 2} times who it is and how it is (IDENTIFY, CHECK POWER MODE), 37 intercepts each time. Then this package is installed and the guest restarted: ${installed}. How many intercepts do the same commands take now?`,
    read: ({ metrics }) => metrics.control,
    unit: 'intercepts',
    because: () => 'As many as before: such commands move no data and go to the drive that is emulated.',
    beliefs: [
      {
        is: () => 0,
        why: 'The data of the disk goes by VMBus then. These commands move no data, and nothing was converted.',
      },
      {
        is: ({ params }) => Number(params.requests) / 2,
        why: 'One each would be a port that takes whole commands. This drive has registers.',
      },
      {
        is: ({ params }) => 26 * Number(params.requests),
        why: 'Twenty-six each are reads and writes by DMA.',
      },
    ],
    hints: [
      'Are these commands data?',
      'After an installation every emulated device is still there.',
      'Commands × 37.',
    ],
  }),
  complete(ID, {
    title: 'When does the boot disk change its road?',
    over: { package: ['none', 'rtm', 'r2'], reboot: [true, false], requests: [4, 8, 16] },
    fixed: { workload: 'disk' },
    entry: 'intercepts',
    args: ['package', 'reboot', 'requests'],
    task: 'Write the rule: a Server 2003 reads and writes its boot disk `requests` times by DMA, 26 intercepts each. It has installed `package` ("none", "rtm", "r2") and was restarted or not (`reboot`). How many intercepts do these requests take now?',
    read: ({ metrics }) => metrics.bootDisk,
    starter:
      "export function intercepts(installed: string, reboot: boolean, requests: number): number {\n  return installed === 'none' ? 26 * requests : 0; // at once?\n}\n",
    solution:
      "export function intercepts(installed: string, reboot: boolean, requests: number): number {\n  return installed !== 'none' && reboot ? 0 : 26 * requests;\n}\n",
    because:
      'A filter joins a stack when it is built, and the stack of a disk in use is built at the next start.',
    beliefs: [
      {
        is: ({ params }) => (params.package === 'none' ? 26 * Number(params.requests) : 0),
        why: 'The stack of a disk in use is not built again: until the next start it goes on as before.',
      },
      {
        is: ({ params }) => 26 * Number(params.requests),
        why: 'With the filter in its stack the disk’s data goes by VMBus.',
      },
      {
        is: ({ params }) =>
          params.package === 'none' || params.reboot !== true
            ? 26 * Number(params.requests)
            : Number(params.requests),
        why: 'By VMBus no request needs a device intercept; a signal is a hypercall.',
      },
    ],
    hints: [
      'Two things must have happened before the road changes.',
      'Drivers are there at once; the filter is under the disk only after something.',
      'Zero if installed and restarted, else 26 each.',
    ],
  }),
  explain(ID, {
    title: 'What did the installation do?',
    over: {
      package: ['none', 'rtm', 'r2'],
      reboot: [true, false],
      profile: ['windows-2003-sp2', 'windows-2008'],
    },
    fixed: { workload: 'mixed' },
    question: ({ package: installed, reboot, profile }) =>
      `System: ${profile}. Package: ${installed}. Restarted after it: ${reboot}. What is true of this run?`,
    sentences: [
      {
        text: 'The guest found emulated devices, and finds them still.',
        holds: ({ metrics }) => metrics.emulated === metrics.emulatedBefore && metrics.emulated > 0,
        why: 'nothing is converted: emulated devices stay and answer.',
      },
      {
        text: 'The host offers more devices than it did before.',
        holds: () => false,
        why: 'what a host offers does not depend on the guest; an installation adds those who take it.',
      },
      {
        text: 'More devices on VMBus are at work than before.',
        holds: ({ metrics }) => metrics.synthetic > metrics.syntheticBefore,
        why: 'compare synthetic with syntheticBefore: a system may have had its drivers from its box.',
      },
      {
        text: 'The boot disk’s data needs device intercepts.',
        holds: ({ metrics }) => metrics.bootDisk > 0,
        why: 'it goes by ports until a filter is in its stack, and that is built at a start.',
      },
      {
        text: 'Guest and host have agreed on a version of VMBus.',
        holds: ({ metrics }) => metrics.vmbus > 0,
        why: 'they do when somebody in the guest asks; look at vmbus.',
      },
    ],
    hints: [
      'The counters: emulated, offers, synthetic, bootDisk, vmbus, each with its value before.',
      'Server 2008 has components in its box; Server 2003 has none.',
      'Run your setting and compare each counter with the one that ends in “Before”.',
    ],
  }),
  build(ID, {
    title: 'Back in time',
    over: { era: ['2020', '2012'] },
    given: { profile: 'windows-10' },
    start: { package: 'rtm' },
    task: () =>
      'Install a package so that a Windows 10 speaks an *older* version of VMBus afterwards than before.',
    met: ({ metrics }) => metrics.vmbus > 0 && metrics.vmbus < metrics.vmbusBefore,
    because: ({ metrics }) =>
      `From ${metrics.vmbusBefore} to ${metrics.vmbus}: drivers of a package are as old as the package.`,
    misses: [
      { when: ({ params }) => params.package === 'none', why: 'Nothing was installed.' },
      {
        when: ({ metrics }) => metrics.copied === 0,
        why: 'The installer looked at the versions and kept what is newer.',
      },
      { when: ({ params }) => params.reboot !== true, why: 'A driver in use is replaced at the next start.' },
      {
        when: ({ metrics }) => metrics.downgraded === 0,
        why: 'This package is no older than what was there.',
      },
    ],
    solution: () => ({ package: 'rtm', force: true }),
    hints: [
      'An installer that looks at versions will not do it.',
      'There is a setting that makes it copy all the same.',
      "package: 'rtm', force: true.",
    ],
  }),
];
