/**
 * One storvsc channel with its requests in flight: builds vstor packets, keeps the table of transaction ids, reads completions.
 *
 * A request with data is a GPA-direct packet with exactly one range; one without data is in-band. Flags, lengths and timeouts are what
 * Linux 6.1 sends (`drivers/scsi/storvsc_drv.c` storvsc_queuecommand, storvsc_do_io), compared with recordings of stock kernels. The
 * init sequence has a transaction id of its own. The packet is put together in a page of guest memory; nothing is allocated per request.
 */

import type { Program } from '../../core/program.ts';
import { traceKind } from '../../core/trace.ts';
import type { Cpu, Insn } from '../../machine/cpu.ts';
import type { Put, RingPacket, RingView } from '../../wire/ring.ts';
import { PACKET_COMPLETION_REQUESTED } from '../../wire/ring.ts';
import { SCSI_OP } from '../../wire/scsi.ts';
import { VSTOR_DATA, VSTOR_PACKET_SIZE } from '../../wire/storvsp.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import type { BlockOperation, IoResult, RequestDone } from './block.ts';
import { computeQuietly } from './inline.ts';
import { ioResult, StorvscCompletion } from './storvsc-completion.ts';
import { GpaHeaders } from './storvsc-gpa.ts';
import { type CommandDone, RequestTable } from './storvsc-requests.ts';
import { BlockPacket, type ScsiAddress, SrbBuilder, srbFlags } from './storvsc-srb.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

export const STORVSC_REQUEST = traceKind(
  'storvsc.request',
  ['lba', 'sectors'],
  'a guest’s disk request, from handing over to answer',
);

/** A SCSI command that is not a plain read, write or flush. */
export interface ScsiCommand {
  readonly address: ScsiAddress;
  readonly cdb: Uint8Array;
  /** Buffer for data from the device; 0 bytes for none. */
  readonly gpa: number;
  readonly bytes: number;
}

/** What a channel's requests came to. */
export class StorvscCounters {
  requests = 0;
  completions = 0;
  /** Requests that the driver sent again because the device asked for it. */
  retries = 0;
  failures = 0;
  /** Completions with an unknown transaction id, and packets too short to be one. */
  stray = 0;
  /** Notifications that disks came or went. */
  busChanges = 0;
}

/** Linux's sd driver tries a command this often again (SD_MAX_RETRIES). */
const MAX_RETRIES = 5;

/** VMBUS_RQST_INIT: the transaction id of everything that is not a SCSI request. */
const CONTROL_TID_LOW = 0xffff_fffd;
const CONTROL_TID_HIGH = 0xffff_ffff;

export class StorvscQueue {
  readonly cpu: Cpu;
  readonly channel: VmbusChannel;
  readonly counters = new StorvscCounters();
  /** Called in interrupt context when the host says that disks came or went. */
  onBusChange: () => void = () => undefined;
  /** What a processor does that waits for an answer: it halts, or looks into the ring where nothing will interrupt it. */
  rest: () => Program | Insn<void> = () => this.cpu.hlt();
  /** The last answer to a control packet: 64 bytes. */
  controlReply: Uint8Array | undefined;
  private readonly requests: RequestTable;
  private readonly srb: SrbBuilder;
  private readonly reads: BlockPacket;
  private readonly writes: BlockPacket;
  private readonly headers = new GpaHeaders();
  private readonly completion = new StorvscCompletion();
  private readonly scratch: number;
  private readonly perPacket: number;
  private readonly requestKind: number;
  /** Slots of requests that are to be sent again. */
  private readonly again: number[] = [];

  /** `page` is a page of guest memory of the driver's own. */
  constructor(cpu: Cpu, channel: VmbusChannel, depth: number, page: number) {
    this.cpu = cpu;
    this.channel = channel;
    this.requests = new RequestTable(depth);
    this.srb = new SrbBuilder(cpu.memory, page);
    this.scratch = page + VSTOR_PACKET_SIZE;
    this.reads = new BlockPacket(cpu.memory, page + 2 * VSTOR_PACKET_SIZE, true);
    this.writes = new BlockPacket(cpu.memory, page + 3 * VSTOR_PACKET_SIZE, false);
    this.perPacket = cpu.partition.costs.cost('ring.op');
    this.requestKind = cpu.partition.trace.kind(STORVSC_REQUEST);
  }

  /** Requests that fit at once. */
  get depth(): number {
    return this.requests.depth;
  }

  /** Requests handed over and not answered yet. */
  get inFlight(): number {
    return this.requests.inFlight;
  }

  /** Requests that fit now. */
  get room(): number {
    return this.requests.room;
  }

  /** Puts a read, write or flush into the ring. `undefined` when there is no slot or no room. Whoever calls must signal if told to. */
  issue(
    address: ScsiAddress,
    operation: BlockOperation,
    lba: number,
    sectors: number,
    gpa: number,
    tag: number,
    done: RequestDone,
  ): Put | undefined {
    const { requests } = this;
    const slot = requests.next;
    const put = slot < 0 ? undefined : this.putBlock(slot, address, operation, lba, sectors, gpa);
    if (put === undefined) return undefined;
    requests.note(slot, address, operation, lba, sectors, gpa);
    requests.tell(slot, tag, done);
    this.occupy();
    return put;
  }

  /** Puts any other SCSI command into the ring. */
  issueCommand(command: ScsiCommand, done: CommandDone): Put | undefined {
    const slot = this.requests.next;
    if (slot < 0) return undefined;
    const { address, cdb, gpa, bytes } = command;
    this.srb.begin(address, cdb.length);
    this.srb.cdb(cdb);
    const put = this.putSrb(slot, bytes === 0 ? VSTOR_DATA.UNKNOWN : VSTOR_DATA.IN, gpa, bytes);
    if (put === undefined) return undefined;
    this.requests.commandCallbacks[slot] = done;
    this.occupy();
    return put;
  }

  private occupy(): void {
    this.requests.occupy(this.cpu.now);
    this.counters.requests++;
  }

  private putBlock(
    slot: number,
    address: ScsiAddress,
    operation: BlockOperation,
    lba: number,
    sectors: number,
    gpa: number,
  ): Put | undefined {
    const { srb } = this;
    if (operation === 'flush') {
      srb.begin(address, 10);
      srb.opcode(SCSI_OP.SYNCHRONIZE_CACHE);
      return this.putSrb(slot, VSTOR_DATA.UNKNOWN, 0, 0);
    }
    const header = sectors === 0 ? undefined : this.headers.range(gpa, sectors * 512);
    const type = header === undefined ? VM_PKT.DATA_INBAND : VM_PKT.DATA_USING_GPA_DIRECT;
    const packet = operation === 'read' ? this.reads : this.writes;
    return this.put(type, slot + 1, 0, header, packet.fill(address, lba, sectors));
  }

  private putSrb(slot: number, direction: number, gpa: number, bytes: number): Put | undefined {
    this.srb.finish(direction, bytes, srbFlags(direction));
    const header = bytes === 0 ? undefined : this.headers.range(gpa, bytes);
    const type = header === undefined ? VM_PKT.DATA_INBAND : VM_PKT.DATA_USING_GPA_DIRECT;
    return this.put(type, slot + 1, 0, header, this.srb.gpa);
  }

  /** Copies the packet that lies at `from` into the ring. */
  private put(
    type: number,
    tidLow: number,
    tidHigh: number,
    header: Uint8Array | undefined,
    from: number,
  ): Put | undefined {
    const { outbound } = this.channel;
    const { u8 } = this.cpu.memory;
    const flags = PACKET_COMPLETION_REQUESTED;
    const put = outbound.putHalves(type, flags, tidLow, tidHigh, header, u8, from, VSTOR_PACKET_SIZE);
    if (put === 'corrupt') this.channel.corrupt();
    return typeof put === 'object' ? put : undefined;
  }

  /** Sends a packet of the init sequence and waits for its answer, 64 bytes. `undefined` when the channel died. */
  *control(operation: number, parameter = 0): Program<Uint8Array | undefined> {
    const { channel, cpu, srb } = this;
    srb.control(operation, parameter);
    this.controlReply = undefined;
    let put = this.put(VM_PKT.DATA_INBAND, CONTROL_TID_LOW, CONTROL_TID_HIGH, undefined, srb.gpa);
    while (put === undefined && channel.state === 'open') {
      if (!channel.askForRoom(CONTROL_PACKET_BYTES)) yield* this.rest();
      srb.control(operation, parameter);
      put = this.put(VM_PKT.DATA_INBAND, CONTROL_TID_LOW, CONTROL_TID_HIGH, undefined, srb.gpa);
    }
    if (put && channel.mustSignal(put)) yield* channel.signal(cpu);
    while (this.controlReply === undefined && channel.state === 'open') yield* this.rest();
    return this.controlReply;
  }

  /** The channel's callback: reads completions until the ring is empty, then gives their room back. */
  *drain(cpu: Cpu): Program {
    const { inbound } = this.channel;
    for (;;) {
      const packet = inbound.peek();
      if (packet === 'empty') break;
      if (packet === 'corrupt') return this.channel.corrupt();
      this.channel.counters.packetsIn++;
      this.receive(inbound, packet);
      inbound.advance();
      if (!computeQuietly(cpu, this.perPacket)) yield* cpu.compute(this.perPacket);
    }
    if (this.channel.endBatch()) yield* this.channel.signalRoom(cpu);
    if (this.again.length > 0) yield* this.sendAgain(cpu);
  }

  private receive(ring: RingView, packet: RingPacket): void {
    if (packet.payloadBytes < VSTOR_PACKET_SIZE) this.counters.stray++;
    else if (packet.type === VM_PKT.DATA_INBAND) this.busChanged();
    else if (packet.tidHigh === CONTROL_TID_HIGH && packet.tidLow === CONTROL_TID_LOW) {
      this.controlReply = ring.payload(packet);
    } else {
      const slot = this.requests.slotOf(packet.tidLow, packet.tidHigh);
      if (slot < 0) this.counters.stray++;
      else this.complete(slot, this.completionGpa(ring, packet));
    }
  }

  private busChanged(): void {
    this.counters.busChanges++;
    this.onBusChange();
  }

  /** Where the completion's 64 bytes lie in one piece: in the ring, or copied next to each other when they wrap there. */
  private completionGpa(ring: RingView, packet: RingPacket): number {
    const gpa = ring.payloadGpa(packet);
    if (gpa >= 0) return gpa;
    ring.copyPayload(packet, this.cpu.memory.u8, this.scratch, VSTOR_PACKET_SIZE);
    return this.scratch;
  }

  private complete(slot: number, gpa: number): void {
    const { completion, cpu, requests } = this;
    completion.read(cpu.memory, gpa);
    const command = requests.commandCallbacks[slot];
    if (command) {
      requests.commandCallbacks[slot] = undefined;
      this.release(slot);
      command(completion);
    } else if (completion.retryable && requests.tries[slot] < MAX_RETRIES) {
      requests.tries[slot]++;
      this.again.push(slot);
    } else {
      const sectors = requests.sectors[slot];
      const { trace } = cpu.partition;
      trace.span(this.requestKind, requests.issued[slot], cpu.now, cpu.index, requests.lbas[slot], sectors);
      this.release(slot);
      this.answer(slot, ioResult(completion, sectors * 512));
    }
  }

  private answer(slot: number, result: IoResult): void {
    if (result.kind === 'failed') this.counters.failures++;
    const done = this.requests.callbacks[slot];
    done(this.requests.tags[slot], result);
  }

  private release(slot: number): void {
    this.requests.release(slot);
    this.counters.completions++;
  }

  /** Hands requests over once more that the device answered with "not now" or "look, something has changed". */
  private *sendAgain(cpu: Cpu): Program {
    const { operations, addresses, lbas, sectors, buffers } = this.requests;
    for (let slot = this.again.pop(); slot !== undefined; slot = this.again.pop()) {
      const put = this.putBlock(
        slot,
        addresses[slot],
        operations[slot],
        lbas[slot],
        sectors[slot],
        buffers[slot],
      );
      if (put === undefined) {
        this.fail(slot, 'no room in the ring to try again');
        continue;
      }
      this.counters.retries++;
      if (this.channel.mustSignal(put)) yield* this.channel.signal(cpu);
    }
  }

  private fail(slot: number, reason: string): void {
    this.release(slot);
    this.answer(slot, { kind: 'failed', status: 0, error: 0, reason });
  }

  /** The channel is gone: everything in flight ends with an error, once. */
  failAll(reason: string): void {
    for (const slot of this.requests.taken()) {
      this.requests.commandCallbacks[slot] = undefined;
      this.fail(slot, reason);
    }
  }

  /** How long the oldest request in flight has waited, in cycles; 0 when there is none. */
  oldest(now: number): number {
    return this.requests.taken().reduce((age, slot) => Math.max(age, now - this.requests.issued[slot]), 0);
  }
}

/** Descriptor, vstor packet and trailer. */
const CONTROL_PACKET_BYTES = 16 + VSTOR_PACKET_SIZE + 8;
