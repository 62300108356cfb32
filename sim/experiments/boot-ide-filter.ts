/** Who has the boot disk, and from when on? */
import { defineExperiment } from '../lab/experiment.ts';
import { bootFilterClaims } from './boot-ide-filter-claims.ts';
import { bootFilterParams } from './boot-ide-filter-params.ts';
import type { BootFilterMetric } from './boot-ide-filter-run.ts';
import { bootFilterMetrics, simulateBootFilter } from './boot-ide-filter-run.ts';

export const bootIdeFilter = defineExperiment<typeof bootFilterParams, BootFilterMetric>({
  id: 'boot-ide-filter',
  title: 'The boot disk changes hands',
  question: 'Does a start run at the speed of the synthetic disk?',
  page: '/concepts/boot-ide-filter',
  params: bootFilterParams,
  stages: [
    ['technique', 'int13'],
    ['drivers', 'rule'],
    ['incident', 'at', 'writers', 'damage', 'dump'],
    ['ata', 'disk', 'system', 'fs', 'scale', 'era'],
  ],
  metrics: bootFilterMetrics,
  headline: [
    'up',
    'emulatedShare',
    'speedBefore',
    'speedAfter',
    'exitsBefore',
    'exitsAfter',
    'drained',
    'held',
    'breaches',
    'entriesLost',
    'lost',
  ],
  presets: {
    filter: {
      title: 'Windows',
      sentence: 'A filter lies on the disk from the start, and turns the switch when the channel is up.',
      params: {},
    },
    linux: {
      title: 'Linux',
      sentence: 'The ATA driver reads the machine’s name and leaves the disk to somebody else.',
      params: { technique: 'prefer-ms-hyperv' },
    },
    freebsd: {
      title: 'FreeBSD',
      sentence: 'The disk is found and set up; then storvsc objects.',
      params: { technique: 'veto' },
    },
    old: {
      title: 'A system that knows nothing of it',
      sentence: 'It believes in the controller of 1996, and is served by it to the end.',
      params: { technique: 'none' },
    },
    plain: {
      title: 'Register by register',
      sentence: 'What the start would be without the enlightened port.',
      params: { int13: 'plain' },
    },
    'no-root': {
      title: 'The driver is not in the initial RAM disk',
      sentence: 'One driver refuses the disk, the other is on it.',
      params: { technique: 'prefer-ms-hyperv', drivers: false },
    },
    'two-owners': {
      title: 'Two owners',
      sentence: 'Both drivers take the disk. Every write succeeds, and things are missing afterwards.',
      params: { rule: 'two-owners' },
    },
    'no-drain': {
      title: 'A filter in a hurry',
      sentence: 'It turns the switch while the drive is still at work.',
      params: { rule: 'no-drain', ata: 'pio' },
    },
    'power-cut': {
      title: 'Power cut',
      sentence: 'In the middle of it all. What was acknowledged is there.',
      params: { incident: 'power-cut' },
    },
    'taken-away': {
      title: 'Taken away, and offered again',
      sentence: 'The filter goes back, sends again what was lost with the channel, and comes over once more.',
      params: { incident: 're-offer', at: 380 },
    },
    saved: {
      title: 'Saved, and gone on on a new host',
      sentence: 'In the middle of it all. The channel stays open, and the guest hears nothing of it.',
      params: { incident: 'save' },
    },
    'reserved-dump': {
      title: 'A dump without ports',
      sentence: 'The crashed kernel leaves the bus, and one channel stays: without interrupts, by looking.',
      params: { dump: 'reserved' },
    },
    'no-kernel': {
      title: 'The kernel is missing',
      sentence: 'A start that ends with a line on the screen.',
      params: { damage: 'kernel' },
    },
  },
  bets: [
    {
      question:
        'This Windows has the drivers for VMBus. Its files are read from power-on until it runs. How much of that comes through the emulated controller?',
      params: {},
      answer: { kind: 'number', unit: '%', metric: 'emulatedShare', tolerance: 1.5 },
      misconceptions: [
        {
          answer: '0',
          belief: 'The drivers have to be read from the disk before they can help to read it.',
        },
        {
          answer: '100',
          belief: 'The boot disk hangs on the IDE controller, but from the hand-over on its data take VMBus.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.emulatedShare} %: boot manager, loader, kernel, settings and the first drivers. The other files came by VMBus.`,
    },
    {
      question:
        'A Linux whose initial RAM disk lacks the drivers for VMBus is started on this machine. What happens?',
      params: { technique: 'prefer-ms-hyperv', drivers: false },
      answer: {
        kind: 'choice',
        options: {
          slow: 'It starts, by the emulated controller.',
          stop: 'It finds no disk.',
          twice: 'It starts, and sees the disk twice.',
        },
        read: ({ metrics }) => (metrics.up === 0 ? 'stop' : metrics.breaches > 0 ? 'twice' : 'slow'),
      },
      misconceptions: [
        {
          answer: 'slow',
          belief:
            'So Windows does, whose filter lets everything through. Linux’ ATA driver has refused the disk already.',
        },
      ],
      explain: ({ metrics }) =>
        `The kernel ran, asked the drive who it is in ${metrics.probeExits} exits, left it alone, and had nothing else.`,
    },
  ],
  claims: bootFilterClaims,
  goals: [
    {
      text: 'Cut the power while the filter waits for the drive, and show that nothing acknowledged is lost.',
      hint: 'It waits for a few steps only, late in the hand-over.',
      solution: { incident: 'power-cut', at: 355 },
      met: ({ params, metrics }) =>
        params.incident === 'power-cut' &&
        metrics.drained === 1 &&
        metrics.handOvers === 0 &&
        metrics.lost === 0 &&
        metrics.restarted === 1,
    },
    {
      text: 'Start a Linux on this machine without any driver for VMBus.',
      hint: 'Who is it that refuses the disk?',
      solution: { technique: 'none', system: 'linux', drivers: false },
      met: ({ params, metrics }) => params.system === 'linux' && !params.drivers && metrics.up === 1,
    },
  ],
  views: ['series', 'lanes', 'switches', 'diagram'],
  limits: [
    'Windows’ filter was never published. What is here is what a filter must do; how it really waits, and for what, is inferred.',
    'Programs take no time: only the way to the disk does. Decompressing a kernel, starting services and drawing a logo are left out.',
    'File sizes are Debian’s own for the kernel and the loaders, and recalled for everything else; the files are made smaller by one number.',
    'Windows starts from NTFS and FreeBSD from UFS or ZFS. Here all of them start from FAT32 or ext4.',
    'The files are read and compared, not executed. Loader and kernel are programs of the simulation.',
    'A power cut stops the machine and leaves the host’s disk as it is at that moment. That a host has a cache of its own, which can be lost too, is not modelled.',
    'A saved machine is bytes as far as its host goes. The guest’s program is made again by running the same machine to the same step, and must then save as the same bytes. The host finishes what it has under way before it saves; machines whose timers run are not saved.',
    'The disc in the CD drive is made up, after vmguest.iso. Its channel is probed when the disc is wanted, which a kernel does at its start; the BIOS does not start from it.',
    'A reserved channel is known from the host’s side only. When Windows opens it, in which order it leaves the bus and how often it looks are assumed. A Linux whose second kernel connects to VMBus again is left out.',
    'Windows knows a drive letter again by disk signature and place of the partition: those are compared, letters are not given out. Names such as sda depend on the order of offers, and here there is one disk.',
  ],
  simulate: simulateBootFilter,
});
