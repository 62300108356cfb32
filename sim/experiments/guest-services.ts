/** Who answers when the host asks a guest? Heartbeat, shutdown, data exchange, backup, file copy, memory, with something going wrong. */
import { defineExperiment } from '../lab/experiment.ts';
import { servicesClaims } from './guest-services-claims.ts';
import type { ServicesMetric } from './guest-services-metrics.ts';
import { servicesMetrics } from './guest-services-metrics.ts';
import { servicesParams } from './guest-services-params.ts';
import { simulateServices } from './guest-services-run.ts';

export const guestServices = defineExperiment<typeof servicesParams, ServicesMetric>({
  id: 'guest-services',
  title: 'Services of the guest',
  question: 'Who answers when the host asks a guest?',
  page: '/concepts/guest-services',
  params: servicesParams,
  stages: [
    ['service', 'trouble'],
    ['duration', 'after'],
    ['requests', 'patience', 'thaw', 'place', 'memory'],
  ],
  metrics: servicesMetrics,
  headline: ['asked', 'good', 'failed', 'unanswered', 'longest', 'contactLost', 'frozenSeconds'],
  presets: {
    beat: {
      title: 'Heartbeat',
      sentence: 'A number every other second, and back comes the number plus one.',
      params: { service: 'heartbeat' },
    },
    hang: {
      title: 'The kernel hangs',
      sentence: 'Nobody takes interrupts any more; after three beats the host has lost contact.',
      params: { service: 'heartbeat', trouble: 'frozen' },
    },
    shutdown: {
      title: 'Shutdown',
      sentence: 'The answer comes at once, the end some seconds later.',
      params: { service: 'shutdown' },
    },
    keys: {
      title: 'Asking for keys',
      sentence: 'The kernel passes each question on to a daemon.',
      params: { service: 'kvp' },
    },
    'daemon-hangs': {
      title: 'The daemon hangs',
      sentence: 'Thirty seconds for each question, and a heart that beats on.',
      params: { service: 'kvp', trouble: 'hung' },
    },
    'too-late': {
      title: 'The reply is late',
      sentence: 'Later than the kernel waits: the next question gets the answer to this one.',
      params: { service: 'kvp', trouble: 'late', duration: 40 },
    },
    backup: {
      title: 'Backup',
      sentence: 'Freeze, copy, thaw.',
      params: { service: 'vss' },
    },
    'never-thaws': {
      title: 'Dead between freeze and thaw',
      sentence: 'The host sends its thaws; nobody is left to act on them.',
      params: { service: 'vss', trouble: 'gone', after: 2 },
    },
    forgotten: {
      title: 'The host forgets the thaw',
      sentence: 'The guest has no watch of its own over a freeze.',
      params: { service: 'vss', thaw: 'never' },
    },
    file: {
      title: 'Copying a file',
      sentence: 'No network is needed: 6 KiB for each question.',
      params: { service: 'file-copy' },
    },
    'file-is-there': {
      title: 'The file is there already',
      sentence: 'Refused at the first question.',
      params: { service: 'file-copy', place: 'taken' },
    },
    'half-a-file': {
      title: 'The daemon dies in the middle',
      sentence: 'The host cancels; nobody is left to take away what was copied.',
      params: { service: 'file-copy', trouble: 'gone', after: 3 },
    },
    balloon: {
      title: 'Taking memory',
      sentence: 'The guest chooses the pages, and stops at its floor.',
      params: { service: 'memory' },
    },
    'give-back': {
      title: 'Giving it back',
      sentence: 'The same pages return, empty.',
      params: { service: 'memory', memory: 'return' },
    },
    'hot-add': {
      title: 'Adding memory',
      sentence: 'More than the guest began with, while it runs.',
      params: { service: 'memory', memory: 'add' },
    },
    'memory-late': {
      title: 'Memory, after a long sleep',
      sentence: 'The host has given its question up; the pages come all the same.',
      params: { service: 'memory', requests: 1, trouble: 'frozen', duration: 100, after: 0 },
    },
  },
  bets: [
    {
      question:
        'The daemon that answers the host’s questions for keys hangs. The heartbeat goes on being watched. What does it say?',
      params: { service: 'kvp', trouble: 'hung', after: 0 },
      answer: {
        kind: 'choice',
        options: {
          well: 'the guest is well',
          lost: 'contact is lost',
        },
        read: ({ metrics }) => (metrics.contactLost === 0 ? 'well' : 'lost'),
      },
      misconceptions: [
        {
          answer: 'lost',
          belief:
            'The services are one thing, and the heartbeat watches it. Each is a channel of its own, and the kernel answers this one.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.beatsAnswered} of ${metrics.beats} beats came back in time, while all ${metrics.failed} questions failed. The beat says that the kernel takes interrupts.`,
    },
  ],
  claims: servicesClaims,
  goals: [
    {
      text: 'Leave the guest’s file systems frozen at the end, with a host that forgets nothing.',
      hint: 'Who thaws them?',
      solution: { service: 'vss', trouble: 'hung', after: 2 },
      met: ({ metrics, params }) => metrics.frozenAtEnd === 1 && params.thaw === 'always',
    },
  ],
  views: ['series', 'lanes', 'switches', 'diagram'],
  limits: [
    'How long a real host waits before it gives a question up, how many beats it misses before it reports lost contact, and how often it tries to thaw are not published: assumed.',
    'The times that a healthy daemon and a shutdown take are assumed; the time-outs of the guest (30 seconds, 15 minutes, 55 seconds) are Linux’.',
    'A Linux guest. Windows guests make shadow copies with other messages, whose layouts Linux does not declare, and their writers have time-outs of their own.',
    'That a late reply of a daemon is taken for the next question’s is read from the kernel’s source; nobody observed it for this page.',
    'The services run in the host’s worker process. Waking its thread is charged to the root; the crossing between its rings is not drawn.',
    'Linux reads these channels one packet at a time and leaves the rest in the ring; here the driver takes all and keeps them.',
    'A machine that the host turns off is counted, not taken apart: its heartbeat may be heard again in the same run.',
    'When a host cancels a copy, and how it judges a guest’s list of pages, is not published: assumed. Which guest a host takes memory from is left out.',
    'A page that a guest has given away reads as zeros here; on a real host touching it is a fault.',
    'The guest’s allocator does not join neighbouring pages again, as Linux’ does: a second balloon may take many more messages.',
    'Network settings go over the data exchange as texts; the form in numbers of version 5 is left out, as Linux does.',
  ],
  simulate: simulateServices,
});
