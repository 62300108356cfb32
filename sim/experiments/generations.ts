/** Why can one machine start from a SCSI disk and another not? */
import { defineExperiment } from '../lab/experiment.ts';
import { generationsClaims } from './generations-claims.ts';
import { generationsParams } from './generations-params.ts';
import type { GenerationsMetric } from './generations-run.ts';
import { generationsMetrics, simulateGenerations } from './generations-run.ts';

export const generations = defineExperiment<typeof generationsParams, GenerationsMetric>({
  id: 'generations',
  title: 'Two generations',
  question: 'Can a virtual machine start from a SCSI disk?',
  page: '/concepts/generations',
  params: generationsParams,
  stages: [
    ['generation', 'bus'],
    ['firmware', 'image', 'add'],
    ['bios', 'model', 'scale', 'era'],
  ],
  metrics: generationsMetrics,
  headline: [
    'booted',
    'ending',
    'deviceIntercepts',
    'hypervisorExits',
    'startTime',
    'ports',
    'connections',
    'dataTime',
    'disks',
  ],
  presets: {
    second: {
      title: 'Generation 2',
      sentence:
        'The firmware speaks VMBus, reads the loader by a ring, and leaves; the kernel connects anew.',
      params: {},
    },
    first: {
      title: 'Generation 1',
      sentence: 'The BIOS reads by the ports of an IDE controller; the kernel then takes the other road.',
      params: { generation: '1', bus: 'ide' },
    },
    'scsi-in-first': {
      title: 'Generation 1, disk on SCSI',
      sentence: 'The BIOS asks four places on two cables, and nobody is there.',
      params: { generation: '1', bus: 'scsi' },
    },
    'ide-in-second': {
      title: 'Generation 2, disk on IDE',
      sentence: 'There is no controller to hang it on.',
      params: { bus: 'ide' },
    },
    'bios-with-vmbus': {
      title: 'A BIOS with VMBus',
      sentence: 'Nobody sells it. It starts from SCSI, so the code was all that was missing.',
      params: { generation: '1', firmware: 'always' },
    },
    'uefi-without-vmbus': {
      title: 'UEFI without VMBus',
      sentence: 'The same disk and the same bus, and nothing to start from.',
      params: { firmware: 'never' },
    },
    polled: {
      title: 'Generation 1, register by register',
      sentence: 'What the start would cost without the enlightened port.',
      params: { generation: '1', bus: 'ide', bios: 'polled' },
    },
    'second-copy': {
      title: 'A table from its copy',
      sentence: 'The first copy of the partition table is gone; the last sector has another one.',
      params: { image: 'primary' },
    },
    'no-loader': {
      title: 'No loader',
      sentence: 'The firmware finds a file system and not its file, and tells its host so.',
      params: { image: 'loader' },
    },
  },
  bets: [
    {
      question:
        'The only disk of this machine hangs on a SCSI controller, and that is a channel of VMBus and nothing else. The machine is of generation 2. Does it start?',
      params: {},
      answer: {
        kind: 'choice',
        options: {
          yes: 'It starts',
          no: 'It does not: the driver for VMBus lies on the disk that it is needed for',
        },
        read: ({ metrics }) => (metrics.booted === 1 ? 'yes' : 'no'),
      },
      misconceptions: [
        {
          answer: 'no',
          belief:
            'That is so in generation 1, whose firmware has no such driver. In generation 2 it lies in the firmware.',
        },
      ],
      explain: ({ metrics }) =>
        `The firmware has a driver of its own: it read ${metrics.loadedBytes} bytes in ${metrics.loadReads} requests before there was a kernel.`,
    },
    {
      question: 'How often does somebody inside this machine connect to VMBus until the system runs?',
      params: {},
      answer: { kind: 'number', unit: '', metric: 'connections', tolerance: 1 },
      misconceptions: [
        {
          answer: '1',
          belief: 'The kernel does not take the firmware’s connection over: the firmware has to leave first.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.connections} times: the firmware with a version of its own, and after it has left the kernel with a newer one.`,
    },
  ],
  claims: generationsClaims,
  goals: [
    {
      text: 'Start a machine of generation 1 from a disk on the SCSI controller.',
      hint: 'What is it that its firmware lacks?',
      solution: { generation: '1', bus: 'scsi', firmware: 'always' },
      met: ({ params, metrics }) =>
        params.generation === '1' && params.bus === 'scsi' && metrics.booted === 1,
    },
    {
      text: 'Destroy the partition table, and start all the same.',
      hint: 'One of the two tables is written twice.',
      solution: { image: 'primary' },
      met: ({ params, metrics }) => params.image === 'primary' && metrics.booted === 1,
    },
  ],
  views: ['series', 'lanes', 'switches', 'diagram'],
  limits: [
    'The firmware is here as far as its disks go. Its own start, memory test, menus and waiting times are left out: they make most of a real start’s time.',
    'Secure Boot and the virtual TPM are not modelled: nobody checks a signature. Boot from the network or from DVD is left out too.',
    'Loader and kernel are files that are read and not programs that run; their sizes are those of a Linux, made smaller.',
    'All files lie on the partition that the firmware reads. Real systems keep the kernel on another one.',
    'Real machines of generation 1 have more devices than this one: keyboard controller, VGA, floppy, DMA, serial ports, the old network adapter. What is counted is the model’s own table.',
    'The firmware device answers the boot log only; variables, watchdog and random numbers are behind the same two ports.',
    'What the BIOS of generation 1 asks the IDE controller before it reads is not published; the order here is a plain one.',
    'That Hyper-V refuses an IDE disk while the machine runs is a rule here, and no run of the manager that says it.',
  ],
  simulate: simulateGenerations,
});
