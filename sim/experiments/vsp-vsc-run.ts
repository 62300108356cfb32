/** Sends packets through a real VMBus channel to a provider that only takes them, and counts signals. */
import type { Issue } from '../core/errors.ts';
import type { Program } from '../core/program.ts';
import { Histogram } from '../core/stats.ts';
import { cyclesOfNs, nsOfCycles } from '../core/units.ts';
import type { VmbusChannel } from '../guest/drivers/vmbus-channel.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { SINK_CLASS, Sink } from '../host/vsp/sink.ts';
import type { Findings, Metric, Series, StateLog } from '../lab/experiment.ts';
import { ONE_ADDRESS } from '../lab/guests.ts';
import type { Lab } from '../lab/lab.ts';
import type { Machine } from '../lab/machines.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { countMetric } from '../lab/metrics.ts';
import type { Values } from '../lab/params.ts';
import { RingView } from '../wire/ring.ts';
import { VM_PKT } from '../wire/vm-packet.ts';
import type { vspParams } from './vsp-vsc-params.ts';
import type { ChannelPair, Reach } from './vsp-vsc-sibling.ts';
import { reach, siblingSink } from './vsp-vsc-sibling.ts';

export type VspParams = Values<typeof vspParams>;

export const vspMetrics = {
  packets: countMetric('Packets sent', 'Packets that the guest put into the ring.', 'higher'),
  delivered: countMetric('Packets taken', 'Packets that the provider took out.', 'higher'),
  signals: countMetric(
    'Signals sent',
    'SIGNAL_EVENT hypercalls for new packets: each is an exit of the guest.',
  ),
  suppressed: countMetric(
    'Signals spared',
    'Packets for which no signal was sent, by hypercall or monitor page.',
    'higher',
  ),
  needless: countMetric('Needless signals', 'Signals that the protocol did not ask for.'),
  monitored: countMetric(
    'Bits in the monitor page',
    'Signals left to the hypervisor’s next look: no exit.',
    'neither',
  ),
  emptied: countMetric(
    'Ring turned non-empty',
    'Packets that found the ring empty and the reader not polling.',
    'neither',
  ),
  stalls: countMetric('Waits for room', 'Times the sender found the ring full.'),
  polls: countMetric('Looks for room', 'Looks at a full ring by a sender that does not ask to be woken.'),
  wakeUps: countMetric('Provider woken', 'Times the provider went to work.'),
  hypervisorExits: countMetric('Hypervisor exits', 'Exits of the guest, all answered by the hypervisor.'),
  ringTransitions: countMetric(
    'Ring transitions',
    'Crossings between rings and between guest and hypervisor, on either side.',
  ),
  deviceIntercepts: countMetric(
    'Device intercepts',
    'Exits that a device model had to answer. Behind this channel there is none.',
  ),
  partitionSwitches: countMetric('Partition switches', 'The processor went on with another partition.'),
  privilegeSwitches: countMetric(
    'Privilege switches',
    'Changes between user and kernel mode of the root partition.',
  ),
  interrupts: countMetric('Interrupts of the guest', 'Interrupts that told the sender about room.'),
  stuck: countMetric('Packets stuck', 'Packets left in the ring at the end, with everybody asleep.'),
  siblingTaken: countMetric(
    'Packets of the second machine',
    'Packets that the provider of a second virtual machine took, before the first began.',
    'neither',
  ),
  crossed: countMetric(
    'Crossed over',
    'Packets, wake-ups, interrupts and words of memory by which the second machine reached the first.',
  ),
  fullest: {
    label: 'Fullest ring',
    unit: 'bytes',
    better: 'lower',
    doc: 'Most bytes that lay in the ring when a packet was put.',
  },
  meanLatency: {
    label: 'Mean wait',
    unit: 'µs',
    better: 'lower',
    doc: 'From putting a packet to the end of its draining.',
  },
  p99Latency: {
    label: 'Longest waits (p99)',
    unit: 'µs',
    better: 'lower',
    doc: 'Ninety-nine of a hundred packets waited less.',
  },
  cycles: {
    label: 'Time',
    unit: 'cycles',
    better: 'lower',
    doc: 'From the first packet until the last one is taken, or all sleep.',
  },
} satisfies Record<string, Metric>;

export type VspMetric = keyof typeof vspMetrics;

const PAGE = 4096;
/** Virtual time after which nothing will come any more: ten looks at the slowest monitor page. */
const PATIENCE_NS = 10_000_000;
/** How often a sender that polls for room looks. */
const POLL_NS = 2000;

/** A packet that never fits would leave the sender waiting for room that cannot come. */
export function checkVsp({ payload, ring }: VspParams): Issue[] {
  const overhead = RingView.packetBytes(0, 0);
  if (payload + overhead < ring) return [];
  return [
    {
      path: 'payload',
      kind: 'too-big',
      message: `a packet of ${payload} bytes and ${overhead} more never fits into a ring of ${ring} bytes`,
      hint: `keep payload at ${ring - overhead - 8}B or less, or take a larger ring`,
    },
  ];
}

/** Runs the experiment. */
export function simulateVsp(params: VspParams, lab: Lab): Findings<VspMetric> {
  const machine = lab.machine({ era: params.era });
  const { hz } = machine.costs;
  const log = new PacketLog();
  const sink = new Sink(machine.hypervisor.root, {
    drainCycles: cyclesOfNs(params.drain, hz),
    mask: params.mask,
    recheck: params.rule !== 'no-recheck',
    ...(params.notify === 'monitor' ? { monitorLatency: params.latency * 10 } : {}),
    onPacket: (number, at) => {
      log.taken(number, at);
      // The read index moved when the packet was taken out, before the work on it.
      moves.read(at - cyclesOfNs(params.drain, hz), pair.channel.outbound);
    },
  });
  const moves = new RingMoves();
  const pair = bootChannel(machine, sink, params);
  const { channel } = pair;
  const reached = params.sibling ? besides(pair, params, lab) : { taken: 0, crossed: 0 };
  machine.startMeasuring();
  const before = { ...channel.counters };
  const sender = new Sender(machine, channel, params, log, moves);
  // A second machine may have run on while this one stood still.
  const started = Math.max(machine.cpu.now, machine.engine.now);
  const running = machine.cpu.run(sender.program());
  const moved = (): number => sender.sent + log.delivered;
  runUntilQuiet(
    machine,
    cyclesOfNs(PATIENCE_NS, hz),
    moved,
    () => running.done && log.delivered === sender.sent,
  );
  const ended = Math.max(log.lastTaken, sender.lastPut);
  return {
    metrics: metricsOf(machine, { log, sender, channel, before, sink, reached, cycles: ended - started }),
    series: [ringMap(channel)],
    logs: [moves.log()],
    ...(params.rule === 'correct' ? {} : { wrongRule: vspParamsRule[params.rule] }),
  };
}

const vspParamsRule = {
  'signal-per-packet': 'a signal for every packet',
  'no-recheck': 'the reader does not look again after unmasking',
} as const;

/** What a second machine on the same hypervisor reaches of the first, before the first begins to send. */
function besides(first: ChannelPair, params: VspParams, lab: Lab): Reach {
  const machine = lab.machine({ era: params.era, beside: first.machine });
  const { sink, taken } = siblingSink(machine);
  return reach(first, bootChannel(machine, sink, params), taken);
}

/** Boots the guest of a machine and opens its channel to `sink`. */
export function bootChannel(machine: Machine, sink: Sink, params: VspParams): ChannelPair {
  machine.vmbus.offer(sink);
  const guest = new EnlightenedGuest([machine.cpu], LINUX_6_1, {
    firstPage: GUEST_PAGES,
    storvsc: ONE_ADDRESS,
  });
  guest.start();
  while (guest.state === 'starting') machine.engine.step();
  const [channel] = guest.vmbus?.devices(SINK_CLASS) ?? [];
  const rules = {
    signal: params.rule === 'signal-per-packet' ? 'every-packet' : 'when-empty',
    sleep: 'recheck',
  } as const;
  machine.cpu.finish(
    channel.open(machine.cpu, {
      outPages: 1 + params.ring / PAGE,
      inPages: 2,
      targetVp: 0,
      callback: roomCallback,
      rules,
    }),
  );
  return { machine, guest, channel, sink };
}

/** The provider sends nothing; an interrupt only says that there is room. */
function* roomCallback(): Program {}

/** Runs the machine until all is done, or nothing has moved for `patience` cycles: a monitor page is looked at for ever. */
function runUntilQuiet(machine: Machine, patience: number, moved: () => number, done: () => boolean): void {
  const { engine } = machine;
  let last = -1;
  let since = engine.now;
  while (!done() && engine.step()) {
    const now = moved();
    if (now !== last) since = engine.now;
    last = now;
    if (engine.now - since > patience) return;
  }
}

/** Where the indices of the outgoing ring stood, and from when on. Guest and root have clocks of their own: each tells of its own index. */
class RingMoves {
  private readonly moves: { readonly at: number; readonly index: 0 | 1; readonly value: number }[] = [];

  /** The reader has moved on. */
  read(at: number, { readIndex }: RingView): void {
    this.moves.push({ at, index: 0, value: readIndex });
  }

  /** The writer has moved on. */
  wrote(at: number, { writeIndex }: RingView): void {
    this.moves.push({ at, index: 1, value: writeIndex });
  }

  log(): StateLog {
    const moves = [...this.moves].sort((p, q) => p.at - q.at);
    const values: [number[], number[]] = [[], []];
    const now = [0, 0];
    for (const { index, value } of moves) {
      now[index] = value;
      values[0].push(now[0]);
      values[1].push(now[1]);
    }
    return { id: 'ring', names: ['read index', 'write index'], at: moves.map(({ at }) => at), values };
  }
}

/** When each packet was put and taken. */
class PacketLog {
  readonly latency = new Histogram();
  delivered = 0;
  lastTaken = 0;
  private readonly putAt: number[] = [];

  put(number: number, at: number): void {
    this.putAt[number] = at;
  }

  taken(number: number, at: number): void {
    this.delivered++;
    this.lastTaken = at;
    this.latency.add(at - this.putAt[number]);
  }
}

/** The guest's client: bursts of packets, pauses between them. */
class Sender {
  sent = 0;
  emptied = 0;
  polls = 0;
  fullest = 0;
  lastPut = 0;
  private readonly machine: Machine;
  private readonly channel: VmbusChannel;
  private readonly params: VspParams;
  private readonly log: PacketLog;
  private readonly moves: RingMoves;
  private readonly packet: Uint8Array;
  private readonly need: number;

  constructor(machine: Machine, channel: VmbusChannel, params: VspParams, log: PacketLog, moves: RingMoves) {
    this.machine = machine;
    this.channel = channel;
    this.params = params;
    this.log = log;
    this.moves = moves;
    this.packet = new Uint8Array(params.payload);
    this.need = RingView.packetBytes(0, params.payload);
  }

  *program(): Program {
    const { cpu, costs } = this.machine;
    const pause = cyclesOfNs(this.params.gap, costs.hz);
    for (let number = 0; number < this.params.packets; number++) {
      if (number > 0 && number % this.params.burst === 0 && pause > 0) yield* cpu.compute(pause);
      yield* cpu.compute(costs.cost('ring.op'));
      if (!(yield* this.send(number))) return;
    }
  }

  private *send(number: number): Program<boolean> {
    const { cpu } = this.machine;
    const { channel } = this;
    new DataView(this.packet.buffer).setUint32(0, number, true);
    for (;;) {
      this.log.put(number, cpu.now);
      const put = channel.outbound.put(VM_PKT.DATA_INBAND, 0, number, undefined, this.packet);
      if (put === 'corrupt') return false;
      if (put !== 'full') {
        this.sent++;
        this.lastPut = cpu.now;
        this.moves.wrote(cpu.now, channel.outbound);
        this.fullest = Math.max(this.fullest, channel.outbound.size - channel.outbound.freeBytes());
        if (put.needSignal) this.emptied++;
        if (channel.mustSignal(put)) yield* channel.signal(cpu);
        return true;
      }
      if (!(yield* this.waitForRoom())) return false;
    }
  }

  /** False when a polling sender has lost its patience: the reader sleeps, and nobody will wake it. */
  private *waitForRoom(): Program<boolean> {
    const { cpu } = this.machine;
    const { channel, need } = this;
    if (this.params.room === 'poll') return yield* this.pollForRoom();
    if (channel.askForRoom(need)) return true;
    while (channel.outbound.freeBytes() <= need) yield* cpu.hlt();
    channel.outbound.pendingSendSize = 0;
    return true;
  }

  private *pollForRoom(): Program<boolean> {
    const { cpu, costs } = this.machine;
    const { channel, need } = this;
    channel.counters.full++;
    for (let looks = 0; channel.outbound.freeBytes() <= need; looks++) {
      if (looks * POLL_NS > PATIENCE_NS) return false;
      this.polls++;
      yield* cpu.compute(cyclesOfNs(POLL_NS, costs.hz));
    }
    return true;
  }
}

interface Outcome {
  readonly log: PacketLog;
  readonly sender: Sender;
  readonly channel: VmbusChannel;
  readonly before: VmbusChannel['counters'];
  readonly sink: Sink;
  readonly reached: Reach;
  readonly cycles: number;
}

function metricsOf(machine: Machine, outcome: Outcome): Record<VspMetric, number> {
  const { log, sender, channel, before, sink, reached, cycles } = outcome;
  const counted = machine.measured();
  const signals = channel.counters.signals - before.signals;
  const monitored = channel.counters.monitored - before.monitored;
  const micro = (cyclesSpent: number): number =>
    Math.round(nsOfCycles(cyclesSpent, machine.costs.hz) / 10) / 100;
  return {
    packets: sender.sent,
    delivered: log.delivered,
    signals,
    suppressed: sender.sent - signals - monitored,
    needless: channel.counters.needlessSignals - before.needlessSignals,
    monitored,
    emptied: sender.emptied,
    stalls: channel.counters.full - before.full,
    polls: sender.polls,
    wakeUps: sink.wakeUps,
    hypervisorExits: counted.hypervisorExits,
    deviceIntercepts: counted.deviceIntercepts,
    partitionSwitches: counted.switches.partition,
    privilegeSwitches: counted.switches.privilege,
    ringTransitions: counted.ringTransitions,
    interrupts: counted.tallies.interrupts,
    stuck: sink.awake ? 0 : sender.sent - log.delivered,
    siblingTaken: reached.taken,
    crossed: reached.crossed,
    fullest: sender.fullest,
    meanLatency: log.delivered > 0 ? micro(log.latency.mean) : 0,
    p99Latency: log.delivered > 0 ? micro(log.latency.quantile(0.99)) : 0,
    cycles: Math.max(0, cycles),
  };
}

/** The ring's control page at the end of the run: what a picture of the ring shows. */
function ringMap(channel: VmbusChannel): Series {
  const { size, readIndex, writeIndex, interruptMask, pendingSendSize, featureBits } = channel.outbound;
  return {
    id: 'ring-map',
    title: 'The ring at the end of the run',
    unit: 'bytes',
    labels: ['size', 'read index', 'write index', 'interrupt mask', 'pending_send_sz', 'feature bits'],
    values: [size, readIndex, writeIndex, interruptMask, pendingSendSize, featureBits],
  };
}
