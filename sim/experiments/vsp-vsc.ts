/** When does VMBus interrupt the host? A channel pair, its ring, and the rules of signalling; broken one at a time. */
import type { Claim } from '../lab/experiment.ts';
import { defineExperiment } from '../lab/experiment.ts';
import { vspParams } from './vsp-vsc-params.ts';
import type { VspMetric, VspParams } from './vsp-vsc-run.ts';
import { checkVsp, simulateVsp, vspMetrics } from './vsp-vsc-run.ts';

const RING =
  'Linux drivers/hv/ring_buffer.c, Documentation/virt/hyperv/vmbus.rst; OpenVMM vmbus_ring/src/lib.rs';
/** Pauses and draining times, ns, that let packets fall into the moment between the reader's last look and its sleep. */
const MOMENTS = [
  [600, 100],
  [800, 300],
  [800, 500],
  [1000, 700],
  [1000, 1000],
  [1600, 1300],
  [2000, 100],
  [2000, 200],
  [2000, 1700],
  [2000, 2000],
  [2400, 100],
].map(([gap, drain]) => ({ burst: 1, gap, drain }));
const ERAS = ['2008', '2012', '2020'] as const;

const claims: Readonly<Record<string, Claim<VspParams, VspMetric>>> = {
  'signals-bounded': {
    sentence:
      'A correct sender signals exactly when its packet finds the ring empty and the reader not polling, never oftener.',
    source: RING,
    formula: 'signals = ring turned non-empty ≤ packets',
    seeds: [27, 60],
    over: { burst: [1, 4, 32], drain: [200, 20_000], gap: [0, 5000, 100_000], era: ERAS },
    holds: ({ metrics }) =>
      metrics.signals === metrics.emptied && metrics.signals <= metrics.packets && metrics.needless === 0,
  },
  'all-arrive': {
    sentence: 'With the protocol’s rules every packet arrives, whatever the sizes and speeds.',
    source: RING,
    formula: 'taken = sent, stuck = 0',
    over: {
      burst: [1, 256],
      drain: [100, 5000],
      gap: [0, 500, 50_000],
      ring: [4096],
      mask: [true, false],
      room: ['pending', 'poll'],
      notify: ['hypercall', 'monitor'],
    },
    holds: ({ metrics, params }) => metrics.delivered === params.packets && metrics.stuck === 0,
  },
  'no-lost-wakeup': {
    sentence:
      'Without the second look after unmasking a packet can be stuck while both sides sleep; with it none is.',
    source: RING,
    formula: 'stuck(no second look) > 0 somewhere, stuck(protocol) = 0',
    over: { era: ERAS },
    against: [...MOMENTS.map((moment) => ({ ...moment, rule: 'no-recheck' as const })), ...MOMENTS],
    holds: (...runs) => {
      const broken = runs.slice(0, MOMENTS.length);
      const correct = runs.slice(MOMENTS.length);
      return correct.every((run) => run.metrics.stuck === 0) && broken.some((run) => run.metrics.stuck > 0);
    },
  },
  'bursts-share-a-signal': {
    sentence: 'A burst that meets a sleeping reader needs one signal, however many packets it has.',
    source: RING,
    formula: 'signals = bursts',
    seeds: [60],
    over: { burst: [4, 8, 16], gap: [100_000], drain: [2000], era: ERAS },
    holds: ({ metrics, params }) =>
      metrics.signals === Math.ceil((params.packets as number) / (params.burst as number)),
  },
  'per-packet-is-waste': {
    sentence: 'A signal for every packet delivers the same packets for several times the exits.',
    source: RING,
    formula: 'signals(per packet) = packets > 2 · signals(protocol)',
    over: { burst: [8, 32], era: ERAS },
    against: [{ rule: 'correct' }, { rule: 'signal-per-packet' }],
    holds: (correct, wrong) =>
      wrong.metrics.signals === wrong.metrics.packets &&
      wrong.metrics.delivered === correct.metrics.delivered &&
      wrong.metrics.signals > 2 * correct.metrics.signals,
  },
  'monitor-trades-time': {
    sentence:
      'The monitor page spares the exit and costs waiting, up to its latency and the time of draining.',
    source: 'TLFS 2.0 sections 14.5 and 14.8; Linux drivers/hv/channel.c, vmbus_setevent',
    formula: 'exits = 0, wait(monitor) > wait(hypercall)',
    over: { burst: [1, 8], latency: [50, 100, 500], era: ERAS },
    against: [{ notify: 'hypercall' }, { notify: 'monitor' }],
    holds: (call, monitor) =>
      monitor.metrics.signals === 0 && monitor.metrics.meanLatency > call.metrics.meanLatency,
  },
  'no-common-bus': {
    sentence:
      'A second machine with the same channel number and connection id reaches its own provider and nothing of the first machine.',
    source: 'TLFS, inter-partition communication; Linux Documentation/virt/hyperv/vmbus.rst',
    formula: 'crossed over = 0, its own packets > 0',
    seeds: [10],
    over: { sibling: [true], burst: [1, 8], notify: ['hypercall', 'monitor'], era: ERAS },
    holds: ({ metrics, params }) =>
      metrics.crossed === 0 && metrics.siblingTaken > 0 && metrics.delivered === params.packets,
  },
  'nothing-behind': {
    sentence: 'Packets are taken at the other end of a channel that no device stands behind.',
    source: 'Linux Documentation/virt/hyperv/vmbus.rst: an offer is a pair of GUIDs',
    formula: 'taken = sent, device intercepts = 0',
    seeds: [25],
    over: { burst: [1, 8, 64], notify: ['hypercall', 'monitor'], era: ERAS },
    holds: ({ metrics, params }) => metrics.delivered === params.packets && metrics.deviceIntercepts === 0,
  },
  'the-root-serves': {
    sentence:
      'The provider works in the root partition: each time it wakes, the processor has gone over to the root.',
    source: 'Linux Documentation/virt/hyperv/vmbus.rst; OpenVMM Guide, storvsp',
    formula: 'partition switches = provider woken > 0',
    seeds: [16],
    over: { burst: [1, 8, 64], gap: [0, 30_000], notify: ['hypercall', 'monitor'], era: ERAS },
    holds: ({ metrics }) => metrics.wakeUps > 0 && metrics.partitionSwitches === metrics.wakeUps,
  },
  'eight-bytes-free': {
    sentence: 'A ring never holds as many bytes as its size: eight always stay free.',
    source: RING,
    formula: 'fullest ≤ size − 8',
    over: {
      burst: [256],
      packets: [512],
      gap: [0],
      drain: [20_000],
      ring: [4096, 8192],
      payload: [8, 40, 64, 1024],
    },
    holds: ({ metrics, params }) => metrics.fullest <= (params.ring as number) - 8,
  },
};

export const vspVsc = defineExperiment<typeof vspParams, VspMetric>({
  id: 'vsp-vsc',
  title: 'A channel and its signals',
  question: 'When does VMBus interrupt the host?',
  page: '/concepts/vsp-vsc',
  params: vspParams,
  stages: [
    ['burst', 'drain'],
    ['gap', 'rule'],
    ['packets', 'payload', 'ring', 'mask', 'room', 'notify', 'latency', 'sibling', 'era'],
  ],
  metrics: vspMetrics,
  headline: ['packets', 'signals', 'suppressed', 'needless', 'stuck', 'hypervisorExits', 'meanLatency'],
  presets: {
    bursts: {
      title: 'Bursts of eight',
      sentence: 'Eight packets, one signal: the other seven find the reader awake.',
      params: { burst: 8 },
    },
    single: {
      title: 'One at a time',
      sentence: 'A packet that comes alone finds the reader asleep and must wake it.',
      params: { burst: 1 },
    },
    flood: {
      title: 'Faster than the reader',
      sentence: 'A reader that is always behind is never asleep: next to no signals.',
      params: { burst: 64, gap: 0, drain: 5000, packets: 256 },
    },
    'full-ring': {
      title: 'A full ring',
      sentence: 'The sender meets the end of the ring and asks to be woken.',
      params: { burst: 256, packets: 256, ring: 4096, gap: 0 },
    },
    monitor: {
      title: 'By monitor page',
      sentence: 'No exit at all for the signal; the packet waits for the hypervisor’s next look.',
      params: { notify: 'monitor' },
    },
    'per-packet': {
      title: 'A signal for every packet',
      sentence: 'The belief runs: all packets arrive, and most exits bought nothing.',
      params: { rule: 'signal-per-packet' },
    },
    lost: {
      title: 'The lost wake-up',
      sentence: 'The reader does not look again: a packet lies there, and everybody sleeps.',
      params: { rule: 'no-recheck', burst: 1, gap: 1000, drain: 1000 },
    },
  },
  bets: [
    {
      question:
        'A guest sends 64 packets in bursts of eight, with long pauses. How many signals does the host get?',
      params: {},
      answer: { kind: 'number', unit: 'signals', metric: 'signals', tolerance: 1.3 },
      misconceptions: [
        {
          answer: '64',
          belief: 'One a packet, like a doorbell. The writer can see that the reader is still at work.',
        },
        { answer: '0', belief: 'Shared memory needs no signal. Somebody must wake a reader that sleeps.' },
        {
          answer: '1',
          belief: 'The first one wakes it for good. It goes to sleep again when the ring is empty.',
        },
      ],
      explain: ({ metrics }) =>
        `${metrics.signals}: one for each burst. The other ${metrics.suppressed} packets found the ring not empty, or the reader polling.`,
    },
  ],
  claims,
  goals: [
    {
      text: 'Deliver at least 256 packets with at most 4 exits and a mean wait under 2 ms, by hypercall and with the protocol’s rules.',
      hint: 'A reader that never finds the ring empty never sleeps.',
      solution: { packets: 256, burst: 256, gap: 0, ring: 262_144 },
      met: ({ params, metrics }) =>
        params.notify === 'hypercall' &&
        params.rule === 'correct' &&
        metrics.delivered >= 256 &&
        metrics.hypervisorExits <= 4 &&
        metrics.meanLatency < 2000,
    },
  ],
  views: ['ring', 'lanes', 'switches', 'diagram'],
  limits: [
    'One processor in the guest, one in the root; caches and store buffers are not modelled, so the barriers of the protocol have no visible effect here. The order of the steps has.',
    'The second machine does its worst before the first begins to send; two machines that want the processor at the same time are not looked at here.',
    'The provider does nothing with a packet but take its time; a real one starts I/O and answers.',
    'The hypervisor’s schedule for looking at monitor pages is not published; here each trigger is looked at once per its latency.',
    'A real host slows down a guest that signals without need. Here needless signals are counted, not punished.',
  ],
  check: checkVsp,
  simulate: simulateVsp,
});
