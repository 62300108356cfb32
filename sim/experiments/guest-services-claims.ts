/** What must be true of the integration services, and where it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { ServicesMetric } from './guest-services-metrics.ts';
import type { ServicesParams } from './guest-services-run.ts';

const UTIL = 'Linux drivers/hv/hv_util.c';
const KVP = 'Linux drivers/hv/hv_kvp.c';
const SNAPSHOT = 'Linux drivers/hv/hv_snapshot.c';
const FCOPY = 'Linux drivers/hv/hv_fcopy.c, tools/hv/hv_fcopy_daemon.c';
const BALLOON = 'Linux drivers/hv/hv_balloon.c';
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
  'file-arrives-whole': {
    sentence: 'A file is copied in pieces of 6 KiB, one question each, with one before them and one behind.',
    source: FCOPY,
    formula: 'questions = pieces + 2, the guest’s file is the host’s',
    over: {
      service: ['file-copy'],
      requests: [1, 5, 32],
      place: ['free', 'replace', 'make-directory'],
    },
    holds: ({ metrics, params }) => metrics.asked === Number(params.requests) + 2 && metrics.whole === 1,
  },
  'file-is-refused': {
    sentence:
      'A file that is there, or a directory that is not, ends a copy at its first question, and nothing has changed.',
    source: FCOPY,
    formula: 'questions = 1, bytes copied = 0; a file that was there is as it was',
    over: { service: ['file-copy'], requests: [1, 32], place: ['taken', 'no-directory'] },
    holds: ({ metrics, params }) =>
      metrics.asked === 1 &&
      metrics.copied === 0 &&
      metrics.remains === 0 &&
      metrics.oldFile === (params.place === 'taken' ? 1 : 0),
  },
  'full-disk-is-cleaned': {
    sentence:
      'When the guest’s disk is full the host cancels, and the daemon takes away what it has of the file.',
    source: `${FCOPY}; that the host cancels is assumed`,
    formula: 'half a file = 0 bytes',
    over: { service: ['file-copy'], requests: [2, 5, 32], place: ['full'] },
    holds: ({ metrics }) => metrics.whole === 0 && metrics.remains === 0 && metrics.failed === 1,
  },
  'half-a-file': {
    sentence:
      'A daemon that dies or hangs in the middle of a copy leaves half a file behind: nobody is there to take it away.',
    source: FCOPY,
    formula: 'half a file > 0 bytes, not whole',
    over: { service: ['file-copy'], requests: [5, 32], trouble: ['gone', 'hung'], after: [2, 3] },
    holds: ({ metrics }) => metrics.remains > 0 && metrics.whole === 0,
  },
  'memory-needs-no-daemon': {
    sentence:
      'The kernel answers for memory, too: a daemon that is dead, hangs or is late makes no difference.',
    source: BALLOON,
    formula: 'given away > 0, questions failed = 0',
    over: { service: ['memory'], trouble: ['none', ...DAEMON_TROUBLE], requests: [1, 3] },
    holds: ({ metrics, params }) => metrics.given === 16 * Number(params.requests) && metrics.failed === 0,
  },
  'the-floor-holds': {
    sentence: 'However often the host asks, the guest keeps its floor: of 128 MiB at least 72 stay free.',
    source: `${BALLOON} (compute_balloon_floor)`,
    formula: '0 ≤ free above the floor < 2 MiB',
    over: { service: ['memory'], requests: [4, 5, 32], memory: ['take'] },
    holds: ({ metrics }) => metrics.reserve >= 0 && metrics.reserve < 2,
  },
  'no-page-in-dispute': {
    sentence:
      'Host and guest keep accounts of their own, and agree on every page, also when an answer came after the host had given it up.',
    source: `${BALLOON}; the host’s account is assumed`,
    formula: 'pages in dispute = 0',
    over: {
      service: ['memory'],
      memory: ['take', 'return', 'add'],
      trouble: ['none', 'frozen'],
      duration: [12, 100],
      requests: [3, 5],
    },
    holds: ({ metrics }) => metrics.disagreement === 0,
  },
};
