import type { CheckData } from '../../truth/types.ts';

/** The questions of `integration-components`. */
export const integrationComponents: readonly CheckData[] = [
  {
    id: 'converted',
    question: 'The package is installed and the guest restarted. What became of the emulated IDE controller?',
    options: [
      {
        text: 'It is a synthetic controller now.',
        why: 'That is another device, which was on offer all the time. There are {integration-components emulated} emulated devices after the installation, as many as before.',
      },
      {
        text: 'It is where it was, and answers.',
        right: true,
        why: 'It still takes control commands, {integration-components?workload=control control} intercepts in this run, and the firmware starts from it. Only reads and writes are diverted.',
      },
      {
        text: 'It is there, but switched off.',
        why: 'The next start would find no disk then: firmware knows no other road.',
      },
    ],
  },
  {
    id: 'restart',
    question: 'The package has been installed, and nobody has restarted the guest. What works already?',
    options: [
      {
        text: 'Nothing.',
        why: 'Devices that had no driver are free to start: {integration-components?reboot=off startedAtOnce} of them did.',
      },
      {
        text: 'All but the boot disk.',
        right: true,
        why: 'Its filter must be on the stack when the stack is built. Until then the disk’s data take {integration-components?reboot=off bootDisk} intercepts, as before.',
      },
      {
        text: 'The boot disk, since it is needed most.',
        why: 'It is in use, and that is just the reason why it has to wait.',
      },
    ],
  },
  {
    id: 'version',
    question:
      'The drivers of Server 2012 R2 speak VMBus 3.0 and everything older. The host is a Server 2012. What will they speak?',
    options: [
      {
        text: '3.0',
        why: 'The guest asks for it first, and this host does not know it: it is older than the drivers.',
      },
      {
        text: '2.4',
        right: true,
        why: 'The newest that both know, found at the second try: {integration-components?package=2012r2&era=2012 vmbus} in the run, after {integration-components?package=2012r2&era=2012 tried} tries.',
      },
      {
        text: 'Nothing: the versions differ.',
        why: 'They go down the list until one fits. Only a guest that has no old versions left stays without.',
      },
    ],
  },
];
