/** What must be true of the integration services, and where it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { ServicesMetric, ServicesParams } from './guest-services-run.ts';

const UTIL = 'Linux drivers/hv/hv_util.c';
const KVP = 'Linux drivers/hv/hv_kvp.c';
const SNAPSHOT = 'Linux drivers/hv/hv_snapshot.c';
const DAEMON_TROUBLE = ['gone', 'hung', 'late'] as const;

export const servicesClaims: Readonly<Record<string, Claim<ServicesParams, ServicesMetric>>> = {
  'kernel-answers-the-beat': {
    sentence:
      'The heartbeat is answered by the kernel: a daemon that is dead, hangs or is late makes it miss none.',
    source: UTIL,
    formula: 'contact lost = 0, beats answered ≥ beats − 1',
    over: { service: ['kvp', 'vss'], trouble: ['none', ...DAEMON_TROUBLE], duration: [12, 100] },
    holds: ({ metrics }) =>
      metrics.contactLost === 0 && metrics.contact === 1 && metrics.beatsAnswered >= metrics.beats - 1,
  },
  'drivers-and-services': {
    sentence:
      'Integration components are drivers and services: heartbeat and shutdown need only the driver, data exchange and backup need a program behind it.',
    source: `${UTIL}, hv_kvp.c, hv_snapshot.c`,
    formula: 'without daemons: beats and shutdown answered, key and freeze not',
    seeds: [30],
    over: { trouble: ['gone', 'hung'], after: [0] },
    against: [{ service: 'heartbeat' }, { service: 'shutdown' }, { service: 'kvp' }, { service: 'vss' }],
    holds: (heartbeat, shutdown, kvp, vss) =>
      heartbeat.metrics.contact === 1 &&
      shutdown.metrics.off === 1 &&
      kvp.metrics.good === 0 &&
      vss.metrics.snapshots === 0,
  },
  'a-hang-is-seen': {
    sentence: 'A kernel that hangs loses contact after three beats, and finds it again when it goes on.',
    source: `${UTIL}; three beats are assumed`,
    formula: 'contact lost = 1, contact at the end = 1',
    over: { service: ['heartbeat'], trouble: ['frozen'], duration: [12, 60, 600] },
    holds: ({ metrics }) => metrics.contactLost === 1 && metrics.contact === 1,
  },
  'answer-before-leaving': {
    sentence: 'A guest answers the order to shut down before it obeys.',
    source: UTIL,
    formula: 'time(answer) < time(off)',
    over: { service: ['shutdown'], trouble: ['none', 'gone', 'hung', 'late'], patience: [10, 35] },
    holds: ({ metrics }) => metrics.answeredFirst === 1 && metrics.turnedOff === 0,
  },
  'time-is-over': {
    sentence: 'A guest whose kernel hangs for longer than it was given is turned off.',
    source: 'OpenVMM vm/devices/hyperv_ic_protocol/src/shutdown.rs; who turns it off is assumed',
    formula: 'turned off = 1 when hang > time given',
    over: {
      service: ['shutdown'],
      trouble: ['frozen'],
      duration: [60, 300],
      patience: [10, 35],
      after: [0, 1],
    },
    holds: ({ metrics }) => metrics.turnedOff === 1 && metrics.off === 0,
  },
  'thirty-seconds': {
    sentence: 'A daemon that hangs costs the host thirty seconds a question: then the kernel answers for it.',
    source: `${KVP}; drivers/hv/hyperv_vmbus.h, HV_UTIL_TIMEOUT`,
    formula: '30 s ≤ longest wait < 30.1 s, all of them "failed"',
    over: { service: ['kvp'], trouble: ['hung'], after: [0], requests: [1, 3], patience: [35, 60] },
    holds: ({ metrics, params }) =>
      metrics.longest >= 30 && metrics.longest < 30.1 && metrics.failed === params.requests,
  },
  'late-but-right': {
    sentence: 'A daemon that is late by less than thirty seconds is only late: every value is right.',
    source: KVP,
    formula: 'answered well = questions, none mistaken',
    over: { service: ['kvp'], trouble: ['late'], duration: [1, 12, 25] },
    holds: ({ metrics }) => metrics.good === metrics.asked && metrics.mistaken === 0,
  },
  'late-and-wrong': {
    sentence:
      'One that is later than that can answer the next question with the value of the last: its replies carry no number.',
    source: `${KVP} (kvp_on_msg), read and not observed`,
    formula: 'answers to another question > 0',
    over: { service: ['kvp'], trouble: ['late'], duration: [35, 40, 50], after: [0, 1] },
    holds: ({ metrics }) => metrics.mistaken > 0,
  },
  'no-daemon-no-answer': {
    sentence:
      'When the daemon is dead a freeze fails at once; a question for a key is not answered at all, and the host’s patience ends it.',
    source: `${KVP}; ${SNAPSHOT}`,
    formula: 'freeze: longest wait < 0.1 s; key: given up > 0',
    over: { trouble: ['gone'], after: [1] },
    against: [{ service: 'vss' }, { service: 'kvp' }],
    holds: (vss, kvp) =>
      vss.metrics.failed > 0 &&
      vss.metrics.longest < 0.1 &&
      kvp.metrics.unanswered > 0 &&
      kvp.metrics.failed === 0,
  },
  'thaw-comes': {
    sentence: 'Whatever became of the freeze, a thaw follows it.',
    source: `${SNAPSHOT}; that the host does so is assumed`,
    formula: 'thaws ≥ 1',
    over: {
      service: ['vss'],
      trouble: ['none', 'frozen', ...DAEMON_TROUBLE],
      after: [1, 2],
      duration: [12, 1000],
    },
    holds: ({ metrics }) => metrics.thaws >= 1,
  },
  'frozen-for-the-copy': {
    sentence: 'No snapshot is made of file systems that go on writing.',
    source: SNAPSHOT,
    formula: 'snapshots of a moving disk = 0',
    over: {
      service: ['vss'],
      trouble: ['none', 'frozen', ...DAEMON_TROUBLE],
      after: [0, 1, 2],
      duration: [12, 40],
    },
    holds: ({ metrics }) => metrics.torn === 0,
  },
  'a-daemon-keeps-it-frozen': {
    sentence:
      'A daemon that dies or hangs between freeze and thaw leaves the file systems frozen, though the host sends three thaws.',
    source: `${SNAPSHOT}; tools/hv/hv_vss_daemon.c`,
    formula: 'thaws = 3, frozen at the end = 1',
    over: { service: ['vss'], trouble: ['gone', 'hung'], after: [2] },
    holds: ({ metrics }) => metrics.thaws === 3 && metrics.frozenAtEnd === 1 && metrics.snapshots === 1,
  },
};
