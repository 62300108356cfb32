/**
 * A second virtual machine on the same hypervisor. Its channel has the same number as the first one's, its connection the same id, its
 * rings the same guest-physical addresses; and it does with them whatever VMBus lets a guest do. What reaches the first machine?
 */
import type { Program } from '../core/program.ts';
import type { VmbusChannel } from '../guest/drivers/vmbus-channel.ts';
import type { EnlightenedGuest } from '../guest/enlightened.ts';
import { Sink } from '../host/vsp/sink.ts';
import type { Machine } from '../lab/machines.ts';
import { GUEST_PAGES } from '../lab/machines.ts';
import { VM_PKT } from '../wire/vm-packet.ts';

/** A guest that has opened its channel to a sink, on its machine. */
export interface ChannelPair {
  readonly machine: Machine;
  readonly guest: EnlightenedGuest;
  readonly channel: VmbusChannel;
  readonly sink: Sink;
}

/** What came of the second machine's work. */
export interface Reach {
  /** Packets that the second machine's own provider took. */
  readonly taken: number;
  /** Packets, wake-ups, interrupts and changed bytes in the first machine, and 1 if its channel was closed. */
  readonly crossed: number;
}

/** Packets that the second machine sends. */
const PACKETS = 16;
/** Connection ids are tried from 0 up to here, and around that of the channel. */
const IDS = 256;

/** A provider for the second machine's end: takes what comes and counts it. */
export function siblingSink(machine: Machine): { readonly sink: Sink; readonly taken: () => number } {
  let taken = 0;
  const sink = new Sink(machine.hypervisor.root, {
    drainCycles: 0,
    mask: true,
    recheck: true,
    onPacket: () => {
      taken++;
    },
  });
  return { sink, taken: () => taken };
}

/** Lets the second machine do its worst, to the end, and compares the first one with what it was before. */
export function reach(first: ChannelPair, second: ChannelPair, taken: () => number): Reach {
  const before = stateOf(first);
  second.machine.cpu.finish(worst(second, first.channel.offer.connectionId));
  while (second.sink.awake) second.machine.engine.step();
  second.machine.partition.memory.u8.fill(0xee, GUEST_PAGES);
  return { taken: taken(), crossed: difference(before, stateOf(first)) };
}

/** Packets, a signal by every connection id, and the end of the channel of that number: all by hypercall. */
function* worst({ machine, guest, channel }: ChannelPair, connectionId: number): Program {
  const { cpu } = machine;
  const packet = new Uint8Array(8).fill(0xee);
  for (let number = 0; number < PACKETS; number++) {
    channel.outbound.put(VM_PKT.DATA_INBAND, 0, number, undefined, packet);
    yield* channel.signal(cpu);
  }
  yield* cpu.compute(machine.costs.hz / 1000);
  const { hv } = guest;
  for (let id = 0; hv && id < IDS; id++) {
    yield* hv.signalEvent(cpu, BigInt(id));
    yield* hv.signalEvent(cpu, BigInt(connectionId - IDS / 2 + id));
  }
  yield* channel.close(cpu);
}

interface State {
  readonly memory: Uint32Array;
  readonly counts: readonly number[];
}

function stateOf({ machine, channel, sink }: ChannelPair): State {
  const { memory, counters } = machine.partition;
  const { tallies } = counters.snapshot();
  const packets = sink.counts;
  return {
    memory: new Uint32Array(memory.u8.slice().buffer),
    counts: [
      sink.wakeUps,
      packets ? packets.received : -1,
      tallies.interrupts,
      channel.counters.interrupts,
      channel.state === 'open' ? 0 : 1,
    ],
  };
}

/** How many words of memory and counts differ. */
function difference(a: State, b: State): number {
  let differing = a.counts.reduce((sum, count, i) => sum + Math.abs(count - b.counts[i]), 0);
  for (let i = 0; i < a.memory.length; i++) if (a.memory[i] !== b.memory[i]) differing++;
  return differing;
}
