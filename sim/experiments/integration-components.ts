/** What changes when integration components are installed? Devices, drivers, roads and versions before and after. */
import { defineExperiment } from '../lab/experiment.ts';
import { componentsClaims } from './integration-components-claims.ts';
import type { ComponentsMetric } from './integration-components-metrics.ts';
import { componentsMetrics } from './integration-components-metrics.ts';
import { componentsParams } from './integration-components-params.ts';
import { simulateComponents } from './integration-components-run.ts';

export const integrationComponents = defineExperiment<typeof componentsParams, ComponentsMetric>({
  id: 'integration-components',
  title: 'Integration components',
  question: 'What do integration components change?',
  page: '/concepts/integration-components',
  params: componentsParams,
  stages: [
    ['profile', 'package'],
    ['reboot', 'force', 'era'],
    ['workload', 'requests', 'hypervisor', 'rule'],
  ],
  metrics: componentsMetrics,
  headline: [
    'bootDiskBefore',
    'bootDisk',
    'control',
    'emulated',
    'synthetic',
    'waiting',
    'vmbusBefore',
    'vmbus',
    'services',
  ],
  presets: {
    install: {
      title: 'Install and restart',
      sentence: 'The boot disk leaves its ports. Everything emulated is still there.',
      params: {},
    },
    without: {
      title: 'Nothing installed',
      sentence: 'The host offers all the same. One unknown device stands for all of it.',
      params: { package: 'none' },
    },
    'no-restart': {
      title: 'Install, do not restart',
      sentence: 'Services answer and a second disk has come up; the boot disk goes on as before.',
      params: { reboot: false },
    },
    'in-the-box': {
      title: 'Server 2008 and its beta',
      sentence: 'All drivers are there, all are replaced, and all wait for the restart.',
      params: { profile: 'windows-2008', package: 'r2' },
    },
    today: {
      title: 'A system of today',
      sentence: 'There is nothing to install.',
      params: { profile: 'windows-10', package: 'none', era: '2020' },
    },
    linux: {
      title: 'Linux',
      sentence: 'No filter: the emulated disk is left alone, and nobody sends it commands.',
      params: { profile: 'linux-today', package: 'none', era: '2020' },
    },
    back: {
      title: 'Old over new',
      sentence: 'A package of 2008, copied over the drivers of today.',
      params: { profile: 'windows-10', package: 'rtm', force: true, era: '2020' },
    },
    hidden: {
      title: 'No hypervisor to be seen',
      sentence: 'The drivers are there and have nobody to talk to.',
      params: { hypervisor: false },
    },
    converted: {
      title: 'As if it were converted',
      sentence: 'The emulated controller is gone, and with it what firmware starts from.',
      params: { rule: 'converts' },
    },
  },
  bets: [
    {
      question:
        'Windows Server 2003 shows fifteen devices of an emulated PC. The components of 2008 are installed, and it restarts. How many of the fifteen are there then?',
      params: {},
      answer: { kind: 'number', unit: '', metric: 'emulated', tolerance: 1 },
      misconceptions: [
        {
          answer: '0',
          belief:
            'The emulated drivers are converted into synthetic ones. They are not: other devices get drivers of their own, beside them.',
        },
        {
          answer: '14',
          belief: 'The boot disk has moved. It has not: its requests have, and it stands where it stood.',
        },
      ],
      explain: ({ metrics }) =>
        `All ${metrics.emulated}. ${metrics.synthetic} synthetic devices have come beside them, and data of the boot disk goes by ${metrics.bootDisk} intercepts instead of ${metrics.bootDiskBefore}.`,
    },
  ],
  claims: componentsClaims,
  goals: [
    {
      text: 'A guest whose boot disk needs no intercept, and that was not restarted.',
      hint: 'What need not be installed need not wait.',
      solution: { profile: 'windows-7', package: 'none', reboot: false },
      met: ({ metrics, params }) =>
        params.reboot === false && metrics.running === 1 && metrics.bootDisk === 0 && metrics.dataDisk > 0,
    },
    {
      text: 'Take a guest that speaks VMBus 5.3 back to the very first version.',
      hint: 'An installer that looks at versions will not do it.',
      solution: { profile: 'windows-10', package: 'rtm', force: true, era: '2020' },
      met: ({ metrics }) => metrics.vmbusBefore === 5.3 && metrics.vmbus === 0.13,
    },
  ],
  views: ['series', 'lanes', 'switches', 'diagram'],
  limits: [
    'Which versions of the protocols the drivers of a Windows release speak was not published: inferred from the names of the versions and from what Linux used to choose. The beta’s are assumed to be the release’s.',
    'Names in the device manager before 2012 are partly from memory; the table of drivers says which. One that nobody could name says so.',
    'How storflt binds disk and accelerator is inferred; it is switched here while nothing is in flight. Draining a disk that is busy has a page of its own.',
    'Network, video, mouse and synthetic keyboard: their channels are offered, opened and named, and nothing goes over them. Keys go by PS/2 on every guest.',
    'This machine has no CD drive: IDENTIFY and CHECK POWER MODE stand for what goes to an emulated drive in any case. A disc is read where the boot disk changes hands.',
    'What firmware lists in ACPI tables is a list here; the legacy network adapter and the video card can be found, and do nothing else.',
    'Every system uses bus-master DMA. What a start reads from disk is not modelled here, only its first sector and the search for devices.',
    'Drivers are chosen by how well ids fit, then by version: signatures, dates and rollback are left out. So is Windows Update.',
    'Drivers of 2008 sent shorter storage packets than those of today; here all send today’s.',
    'Windows and FreeBSD speak through the Linux drivers of this model, with their own lists of versions. Windows’ backup messages differ and are not sent.',
  ],
  simulate: simulateComponents,
});
