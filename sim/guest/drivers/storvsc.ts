/**
 * storvsc: the guest's driver for a synthetic SCSI controller or an accelerated IDE disk.
 *
 * Opens the device's channel, agrees on a protocol version, asks for the host's limits, opens one sub-channel per further processor, and
 * scans for disks. After Linux 6.1 `drivers/scsi/storvsc_drv.c` (storvsc_channel_init, handle_multichannel_storage): sub-channels are
 * asked for after END_INITIALIZATION; Windows does it before, and hosts take both.
 */
import { invariant } from '../../core/errors.ts';
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import {
  LINUX_VMSTOR_VERSIONS,
  NT_STATUS,
  STORAGE_CHANNEL_SUPPORTS_MULTI_CHANNEL,
  VSTOR_OPERATION,
} from '../../wire/storvsp.ts';
import { vstorPacket } from '../../wire/storvsp-packet.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { StorvscDisk } from './storvsc-disk.ts';
import { StorvscQueue } from './storvsc-queue.ts';
import { type FoundDisk, type ScanRange, ScsiScan } from './storvsc-scan.ts';
import type { ScsiAddress } from './storvsc-srb.ts';
import type { Vmbus } from './vmbus.ts';
import { type ChannelRules, PROTOCOL_RULES, type VmbusChannel } from './vmbus-channel.ts';

export interface StorvscOptions {
  /** Pages of each ring, control page included. Linux: 32, that is 128 KiB. */
  readonly ringPages?: number;
  /** Requests in flight per channel. */
  readonly depth?: number;
  /** Most sub-channels to ask for; by default one for every processor but the first. */
  readonly subChannels?: number;
  readonly scan?: ScanRange;
  readonly versions?: readonly number[];
  readonly rules?: ChannelRules;
}

const DEFAULTS = {
  ringPages: 32,
  depth: 256,
  scan: { paths: 8, targets: 2 },
  versions: LINUX_VMSTOR_VERSIONS,
  rules: PROTOCOL_RULES,
};

const STATUS = vstorPacket.accessor('status');
const MAX_CHANNELS = vstorPacket.accessor('storage_channel_properties.max_channel_cnt');
const PROPERTY_FLAGS = vstorPacket.accessor('storage_channel_properties.flags');
const MAX_TRANSFER = vstorPacket.accessor('storage_channel_properties.max_transfer_bytes');

export type ProbeFailure = 'open' | 'initialization' | 'version' | 'properties';

export class Storvsc {
  readonly channel: VmbusChannel;
  /** By processor index; a hole where a processor has no channel of its own. */
  readonly queues: StorvscQueue[] = [];
  readonly disks: FoundDisk[] = [];
  /** The agreed protocol version, 0 before. */
  version = 0;
  /** Longest transfer that the host takes, bytes. */
  maxTransferBytes = 0;
  failure: ProbeFailure | undefined;
  private readonly vmbus: Vmbus;
  private readonly cpus: readonly Cpu[];
  private readonly options: Required<Omit<StorvscOptions, 'subChannels'>> & { readonly subChannels: number };
  private subChannelsSettled = 0;

  /** `cpus[0]` probes and owns the first channel; the others get sub-channels in order. */
  constructor(vmbus: Vmbus, channel: VmbusChannel, cpus: readonly Cpu[], options: StorvscOptions = {}) {
    this.vmbus = vmbus;
    this.channel = channel;
    this.cpus = cpus;
    this.options = { ...DEFAULTS, subChannels: cpus.length - 1, ...options };
  }

  /** Brings the adapter up and scans it. False, with {@link failure} set, when the host does not play along. */
  *probe(): Program<boolean> {
    const [cpu] = this.cpus;
    this.channel.onRescind = () => this.remove();
    const queue = yield* this.openQueue(cpu, cpu, this.channel);
    if (queue === undefined) return this.failed('open');
    const maxChannels = yield* this.initialise(queue);
    if (maxChannels === undefined) return false;
    yield* this.openSubChannels(cpu, queue, maxChannels);
    const scan = new ScsiScan(cpu, queue, this.vmbus.hv.pages.page());
    yield* this.scan(scan);
    queue.onBusChange = () => this.vmbus.connection.defer(() => this.scan(scan));
    return true;
  }

  /** Looks for disks; again whenever the host says ENUMERATE_BUS. */
  private *scan(scan: ScsiScan): Program {
    const found = this.ide ? yield* scan.one(this.ide) : yield* scan.all(this.options.scan);
    this.disks.splice(0, this.disks.length, ...found);
  }

  /** The disk `index` for programs of one processor, over that processor's own channel. */
  disk(index = 0, cpu: Cpu = this.cpus[0]): StorvscDisk {
    const queue = this.queues[cpu.index];
    invariant(queue, `processor ${cpu.index} has no storvsc channel; the host offered ${this.queues.length}`);
    invariant(this.disks[index], `storvsc found ${this.disks.length} disks`);
    const { connection } = this.vmbus;
    return new StorvscDisk(this.disks[index], queue, this.maxTransferBytes, () => connection.nextWork(cpu));
  }

  /** Where an accelerated IDE disk sits: its offer's instance GUID has the target in the second group. */
  private get ide(): ScsiAddress | undefined {
    const { classGuid, instanceGuid } = this.channel.offer;
    if (classGuid !== DEVICE_CLASS.IDE.guid) return undefined;
    return { path: 0, target: Number.parseInt(instanceGuid.slice(9, 13), 16), lun: 0 };
  }

  private failed(failure: ProbeFailure): false {
    this.failure = failure;
    return false;
  }

  /** Opens a channel whose interrupts go to `target`; `cpu` does the work. */
  private *openQueue(cpu: Cpu, target: Cpu, channel: VmbusChannel): Program<StorvscQueue | undefined> {
    const { hv } = this.vmbus;
    const { ringPages, depth, rules } = this.options;
    const queue = new StorvscQueue(target, channel, depth, hv.pages.page());
    const opened = yield* channel.open(cpu, {
      outPages: ringPages,
      inPages: ringPages,
      targetVp: hv.vpIndex(target),
      callback: (running) => queue.drain(running),
      rules,
    });
    if (!opened) return undefined;
    this.queues[target.index] = queue;
    return queue;
  }

  /** BEGIN, version, properties, END. Returns how many sub-channels the host can give, `undefined` when something was refused. */
  private *initialise(queue: StorvscQueue): Program<number | undefined> {
    if (!succeeded(yield* queue.control(VSTOR_OPERATION.BEGIN_INITIALIZATION)))
      return this.refused('initialization');
    if (!(yield* this.negotiate(queue))) return this.refused('version');
    const properties = yield* queue.control(VSTOR_OPERATION.QUERY_PROPERTIES);
    if (properties === undefined || !succeeded(properties)) return this.refused('properties');
    const view = new DataView(properties.buffer, properties.byteOffset);
    this.maxTransferBytes = MAX_TRANSFER.get(view, 0);
    if (!succeeded(yield* queue.control(VSTOR_OPERATION.END_INITIALIZATION)))
      return this.refused('initialization');
    const multi = (PROPERTY_FLAGS.get(view, 0) & STORAGE_CHANNEL_SUPPORTS_MULTI_CHANNEL) !== 0;
    return multi ? MAX_CHANNELS.get(view, 0) : 0;
  }

  private refused(failure: ProbeFailure): undefined {
    this.failure = failure;
  }

  private *negotiate(queue: StorvscQueue): Program<boolean> {
    for (const version of this.options.versions) {
      if (!succeeded(yield* queue.control(VSTOR_OPERATION.QUERY_PROTOCOL_VERSION, version))) continue;
      this.version = version;
      return true;
    }
    return false;
  }

  /** Asks for one sub-channel per further processor and opens each as it is offered. */
  private *openSubChannels(cpu: Cpu, queue: StorvscQueue, offered: number): Program {
    const wanted = Math.min(offered, this.options.subChannels, this.cpus.length - 1);
    if (wanted <= 0) return;
    let next = 1;
    this.channel.onSubChannel = (running, channel) =>
      this.openSubChannel(running, this.cpus[next++], channel);
    const reply = yield* queue.control(VSTOR_OPERATION.CREATE_SUB_CHANNELS, wanted);
    if (!succeeded(reply)) return;
    yield* this.vmbus.idle(cpu, () => this.subChannelsSettled === wanted || this.channel.state !== 'open');
  }

  private *openSubChannel(cpu: Cpu, target: Cpu | undefined, channel: VmbusChannel): Program {
    if (target) yield* this.openQueue(cpu, target, channel);
    this.subChannelsSettled++;
  }

  /** The host took the device away: nothing in flight will be answered any more. */
  private remove(): void {
    for (const queue of this.queues) queue?.failAll('the device was removed');
    this.disks.length = 0;
  }
}

/** Status 0 in the answer to a control packet. */
function succeeded(reply: Uint8Array | undefined): boolean {
  if (reply === undefined) return false;
  return STATUS.get(new DataView(reply.buffer, reply.byteOffset), 0) === NT_STATUS.SUCCESS;
}
