/**
 * The disk driver in the UEFI firmware of a generation 2 machine: a storvsc of its own, smaller than a kernel's. It speaks one protocol
 * version, opens rings of ten pages, has one request in flight and looks for disks with the fewest questions.
 *
 * After mu_msvm `MsvmPkg/StorvscDxe/StorchannelDxe.c` (rings, version, REPORT LUNS to three targets). What is asked of each disk then is
 * the part of EDK II above it (ScsiBusDxe, ScsiDiskDxe), recalled and not read.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { SCSI_TYPE, VPD } from '../../wire/scsi.ts';
import {
  bigEndian,
  inquiryCdb,
  readCapacity10Cdb,
  reportLunsCdb,
  testUnitReadyCdb,
} from '../../wire/scsi-cdb.ts';
import { NT_STATUS, VMSTOR_PROTO_VERSION, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { vstorPacket } from '../../wire/storvsp-packet.ts';
import type { StorvscCompletion } from '../drivers/storvsc-completion.ts';
import { StorvscDisk } from '../drivers/storvsc-disk.ts';
import { StorvscQueue } from '../drivers/storvsc-queue.ts';
import type { FoundDisk } from '../drivers/storvsc-scan.ts';
import type { ScsiAddress } from '../drivers/storvsc-srb.ts';
import type { Vmbus } from '../drivers/vmbus.ts';
import type { VmbusChannel } from '../drivers/vmbus-channel.ts';

/** RING_OUTGOING_PAGE_COUNT and RING_INCOMING_PAGE_COUNT. */
const RING_PAGES = 10;
/** VMSTOR_MAX_TARGETS: the last target that is asked. */
const LAST_TARGET = 2;
/** Room for 64 LUNs, and the list's header. */
const REPORT_LUNS_BYTES = 8 + 64 * 8;
const INQUIRY_BYTES = 36;
/** Requests in flight; more than one never are. */
const DEPTH = 4;

const STATUS = vstorPacket.accessor('status');
const MAX_TRANSFER = vstorPacket.accessor('storage_channel_properties.max_transfer_bytes');

/** How far the driver came with an adapter. */
export type UefiStorvscState = 'new' | 'refused' | 'ready';

/** One SCSI controller, driven by the firmware. */
export class UefiStorvsc {
  readonly channel: VmbusChannel;
  readonly disks: StorvscDisk[] = [];
  state: UefiStorvscState = 'new';
  private readonly cpu: Cpu;
  private readonly vmbus: Vmbus;
  private readonly queue: StorvscQueue;
  /** A page for what commands return. */
  private readonly buffer: number;

  constructor(cpu: Cpu, vmbus: Vmbus, channel: VmbusChannel) {
    const { pages } = vmbus.hv;
    this.cpu = cpu;
    this.vmbus = vmbus;
    this.channel = channel;
    this.queue = new StorvscQueue(cpu, channel, DEPTH, pages.page());
    this.buffer = pages.page();
  }

  /** Opens the channel, agrees on the protocol and finds the disks. */
  *start(): Program<UefiStorvscState> {
    const opened = yield* this.channel.open(this.cpu, {
      outPages: RING_PAGES,
      inPages: RING_PAGES,
      targetVp: this.vmbus.hv.vpIndex(this.cpu),
      callback: (running) => this.queue.drain(running),
    });
    const maxTransfer = opened ? yield* this.initialise() : undefined;
    this.state = maxTransfer === undefined ? 'refused' : 'ready';
    if (maxTransfer !== undefined) yield* this.findDisks(maxTransfer);
    return this.state;
  }

  /** BEGIN, version, properties, END. The longest transfer in bytes, `undefined` when something was refused. */
  private *initialise(): Program<number | undefined> {
    const { queue } = this;
    if (!succeeded(yield* queue.control(VSTOR_OPERATION.BEGIN_INITIALIZATION))) return undefined;
    const version = yield* queue.control(VSTOR_OPERATION.QUERY_PROTOCOL_VERSION, VMSTOR_PROTO_VERSION.WIN8_1);
    if (!succeeded(version)) return undefined;
    const properties = yield* queue.control(VSTOR_OPERATION.QUERY_PROPERTIES);
    if (properties === undefined || !succeeded(properties)) return undefined;
    if (!succeeded(yield* queue.control(VSTOR_OPERATION.END_INITIALIZATION))) return undefined;
    return MAX_TRANSFER.get(new DataView(properties.buffer, properties.byteOffset), 0);
  }

  private *findDisks(maxTransfer: number): Program {
    const addresses: ScsiAddress[] = [];
    for (let target = 0; target <= LAST_TARGET; target++) addresses.push(...(yield* this.luns(target)));
    for (const address of addresses) {
      const found = yield* this.inspect(address);
      const work = () => this.vmbus.connection.nextWork(this.cpu);
      if (found) this.disks.push(new StorvscDisk(found, this.queue, maxTransfer, work));
    }
  }

  private *luns(target: number): Program<ScsiAddress[]> {
    const cdb = reportLunsCdb(REPORT_LUNS_BYTES);
    const answer = yield* this.command({ path: 0, target, lun: 0 }, cdb, REPORT_LUNS_BYTES);
    if (answer === undefined || answer.length < 8) return [];
    const count = Math.min(bigEndian(answer, 0, 4), answer.length - 8) >>> 3;
    return Array.from({ length: count }, (_, i) => ({ path: 0, target, lun: answer[8 + 8 * i + 1] }));
  }

  /** Is it a disk, and how large? */
  private *inspect(address: ScsiAddress): Program<FoundDisk | undefined> {
    const inquiry = yield* this.command(address, inquiryCdb(INQUIRY_BYTES), INQUIRY_BYTES);
    if (inquiry === undefined || inquiry.length < INQUIRY_BYTES || inquiry[0] !== SCSI_TYPE.DISK)
      return undefined;
    yield* this.command(address, inquiryCdb(INQUIRY_BYTES, VPD.SUPPORTED_PAGES), INQUIRY_BYTES);
    yield* this.command(address, testUnitReadyCdb(), 0);
    const capacity = yield* this.command(address, readCapacity10Cdb(), 8);
    if (capacity === undefined || capacity.length < 8) return undefined;
    const sectors = (bigEndian(capacity, 0, 4) + 1) * (bigEndian(capacity, 4, 4) / 512);
    return { address, vendor: '', product: '', sectors, writeProtected: false };
  }

  /** One command; its data, or `undefined` when it failed. */
  private *command(address: ScsiAddress, cdb: Uint8Array, bytes: number): Program<Uint8Array | undefined> {
    const { cpu, queue, buffer, channel } = this;
    let answer: { readonly ok: boolean; readonly data: Uint8Array } | undefined;
    const done = ({ succeeded: ok, transferred }: StorvscCompletion): void => {
      answer = { ok, data: cpu.memory.read(buffer, Math.min(transferred, bytes)) };
    };
    const put = queue.issueCommand({ address, cdb, gpa: buffer, bytes }, done);
    if (put === undefined) return undefined;
    if (channel.mustSignal(put)) yield* channel.signal(cpu);
    while (answer === undefined && channel.state === 'open') yield* cpu.hlt();
    return answer?.ok ? answer.data : undefined;
  }
}

function succeeded(reply: Uint8Array | undefined): boolean {
  if (reply === undefined) return false;
  return STATUS.get(new DataView(reply.buffer, reply.byteOffset), 0) === NT_STATUS.SUCCESS;
}
