/**
 * A storvsc made of bytes: speaks the storage protocol over a test guest's channel, for the tests of storvsp.
 */
import { invariant } from '../../core/errors.ts';
import { Streams } from '../../core/rng.ts';
import { buildGpaDirectHeader, type GpaRange, gpaRange } from '../../wire/gpa-direct.ts';
import { guidBytes } from '../../wire/layout-values.ts';
import { blockCdb } from '../../wire/scsi-cdb.ts';
import { SRB_STATUS, VSTOR_DATA, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { VM_PKT } from '../../wire/vm-packet.ts';
import { type Disk, MemoryDisk } from '../backends/disk.ts';
import { DiskService } from '../backends/service.ts';
import type { DiskModel } from '../backends/service-models.ts';
import { ScsiDisk } from './scsi-disk.ts';
import { type LogicalUnit, Storvsp, type StorvspOptions } from './storvsp.ts';
import {
  type TestChannel,
  TestGuest,
  type TestGuestOptions,
  type TestMessage,
  type TestPacket,
} from './vmbus-testing.ts';

/** Sectors of the disk that a test gets when it names none. */
export const TEST_SECTORS = 4096;

/** What a completion says. */
export interface TestCompletion {
  readonly tid: bigint;
  readonly operation: number;
  readonly status: number;
  readonly srbStatus: number;
  readonly scsiStatus: number;
  readonly transferred: number;
  readonly senseKey: number;
  readonly senseCode: number;
  readonly packet: TestPacket;
}

export interface SrbOptions {
  readonly path?: number;
  readonly target?: number;
  readonly lun?: number;
  readonly length?: number;
  readonly dataIn?: number;
  readonly cdbLength?: number;
  readonly senseLength?: number;
  readonly packetBytes?: number;
}

/** A vstor packet of that operation with a u16 behind its header. */
export function vstorPacket(operation: number, argument = 0, bytes = 64): Uint8Array {
  const packet = new Uint8Array(bytes);
  const view = new DataView(packet.buffer);
  view.setUint32(0, operation, true);
  view.setUint32(4, 1, true);
  if (bytes > 12) view.setUint16(12, argument, true);
  return packet;
}

/** An EXECUTE_SRB packet. */
export function srbPacket(cdb: Uint8Array, options: SrbOptions = {}): Uint8Array {
  const packet = vstorPacket(VSTOR_OPERATION.EXECUTE_SRB, 52, options.packetBytes ?? 64);
  packet.set([options.path ?? 0, options.target ?? 0, options.lun ?? 0], 17);
  packet[20] = options.cdbLength ?? cdb.length;
  packet[21] = options.senseLength ?? 20;
  packet[22] = options.dataIn ?? (options.length ? VSTOR_DATA.IN : VSTOR_DATA.UNKNOWN);
  new DataView(packet.buffer).setUint32(24, options.length ?? 0, true);
  packet.set(cdb.subarray(0, 16), 28);
  return packet;
}

export function completion(packet: TestPacket): TestCompletion {
  const { view, tid } = packet;
  const byte = (at: number): number => (at < view.byteLength ? view.getUint8(at) : 0);
  return {
    tid,
    operation: view.getUint32(0, true),
    status: view.getUint32(8, true),
    srbStatus: byte(14),
    scsiStatus: byte(15),
    transferred: view.getUint32(24, true),
    senseKey: byte(28 + 2),
    senseCode: (byte(28 + 12) << 8) | byte(28 + 13),
    packet,
  };
}

export interface TestStorvscOptions extends TestGuestOptions {
  readonly storvsp?: StorvspOptions;
  readonly disk?: Disk;
  readonly model?: DiskModel;
  readonly dataPages?: number;
}

/** A guest with one SCSI controller, whose primary channel is open and not yet initialised. */
export class TestStorvsc {
  readonly guest: TestGuest;
  readonly storvsp: Storvsp;
  readonly disk: Disk;
  channel!: TestChannel;
  private nextTid = 1;

  /** With a guest of its own, it connects; else {@link openFrom} must follow. */
  constructor(options: TestStorvscOptions = {}, guest?: TestGuest) {
    this.guest = guest ?? new TestGuest(options);
    this.storvsp = new Storvsp(this.guest.partition, options.storvsp);
    this.disk = options.disk ?? new MemoryDisk(TEST_SECTORS);
    this.storvsp.attach(this.unit(this.disk, options.model));
    this.guest.server.offer(this.storvsp);
    if (!guest) this.openFrom(this.guest.connect(), options.dataPages);
  }

  /** Opens the channel of the offer that is this controller's. */
  openFrom(offers: readonly TestMessage[], dataPages = 3): void {
    const instance = guidBytes(this.storvsp.offer.instanceId).join();
    const offer = offers.find(({ bytes }) => bytes.slice(24, 40).join() === instance);
    invariant(offer !== undefined, 'the controller was not offered');
    this.channel = this.guest.open(offer, dataPages);
  }

  /** A disk with its medium, to attach. */
  unit(disk: Disk = new MemoryDisk(TEST_SECTORS), model: DiskModel = 'memory'): LogicalUnit {
    const { engine, costs } = this.guest.hypervisor;
    const rng = new Streams(7).stream('disk');
    return {
      scsi: new ScsiDisk(disk),
      service: new DiskService(engine, rng, model, costs, { sectors: disk.sectors }),
    };
  }

  /** Sends a packet in-band and returns the completions that come. */
  ask(payload: Uint8Array, channel = this.channel): TestCompletion[] {
    channel.send(VM_PKT.DATA_INBAND, 1, this.nextTid++, payload);
    return this.completions(channel);
  }

  completions(channel = this.channel): TestCompletion[] {
    return channel.receive().map(completion);
  }

  /** The whole handshake; returns the statuses. */
  initialise(version = 0x602, subChannels = 0): number[] {
    const steps: [number, number][] = [
      [VSTOR_OPERATION.BEGIN_INITIALIZATION, 0],
      [VSTOR_OPERATION.QUERY_PROTOCOL_VERSION, version],
      [VSTOR_OPERATION.QUERY_PROPERTIES, 0],
      [VSTOR_OPERATION.END_INITIALIZATION, 0],
    ];
    if (subChannels > 0) steps.push([VSTOR_OPERATION.CREATE_SUB_CHANNELS, subChannels]);
    return steps.flatMap(([operation, argument]) =>
      this.ask(vstorPacket(operation, argument)).map(({ status }) => status),
    );
  }

  /** Writes a SCSI request with its buffer into the ring, without signalling. `false` when the ring is full. */
  queue(
    cdb: Uint8Array,
    ranges: readonly GpaRange[],
    options: SrbOptions = {},
    channel = this.channel,
  ): boolean {
    const length = options.length ?? ranges.reduce((sum, range) => sum + range.byteCount, 0);
    const packet = srbPacket(cdb, { ...options, length });
    const header = buildGpaDirectHeader(ranges);
    return (
      typeof channel.outgoing.put(VM_PKT.DATA_USING_GPA_DIRECT, 1, this.nextTid++, header, packet) !==
      'string'
    );
  }

  /** A SCSI request with a buffer: queued, signalled, answered. */
  srb(cdb: Uint8Array, buffer?: { gpa: number; bytes: number }, options: SrbOptions = {}): TestCompletion {
    if (buffer) {
      this.queue(cdb, [gpaRange(buffer.gpa, buffer.bytes)], options);
      this.channel.signal();
    } else {
      this.channel.send(VM_PKT.DATA_INBAND, 1, this.nextTid++, srbPacket(cdb, options));
    }
    const [answer] = this.completions();
    return answer;
  }
}

const BYSTANDER_INSTANCE = '00000000-0000-0000-0000-00000000b0b0';
/** Requests that a bystander sends to find out how it fares. */
const PROBE_REQUESTS = 16;

/**
 * A controller under attack, and a second one in the same machine that must not notice. `unharmed` runs the same requests on the
 * second one again: they must take the same virtual time as before the attack.
 */
export class Attack {
  readonly victim: TestStorvsc;
  private readonly bystander: TestStorvsc;
  private readonly buffer: number;
  private readonly calm: number;

  constructor(options: TestStorvscOptions = {}) {
    const guest = new TestGuest(options);
    this.victim = new TestStorvsc(options, guest);
    this.bystander = new TestStorvsc({ storvsp: { instanceId: BYSTANDER_INSTANCE } }, guest);
    const offers = guest.connect();
    this.victim.openFrom(offers, options.dataPages);
    this.bystander.openFrom(offers);
    this.bystander.initialise();
    [this.buffer] = guest.pages(1);
    this.probe();
    this.calm = this.probe();
  }

  get guest(): TestGuest {
    return this.victim.guest;
  }

  /** Virtual time that the bystander needs for its requests now, over what it needed in peace: 1 when it is unharmed. */
  unharmed(): number {
    this.guest.settle();
    return this.probe() / this.calm;
  }

  private probe(): number {
    const { engine } = this.guest.hypervisor;
    // The processor may be ahead of the clock by what it has just executed.
    engine.advanceTo(Math.max(engine.now, ...this.guest.partition.vps.map((vp) => vp.now)));
    const start = engine.now;
    for (let i = 0; i < PROBE_REQUESTS; i++) {
      const { srbStatus } = this.bystander.srb(blockCdb('read', i, 1), { gpa: this.buffer, bytes: 512 });
      invariant(srbStatus === SRB_STATUS.SUCCESS, 'the bystander was harmed');
    }
    return engine.now - start;
  }
}
