/**
 * storvsp: the virtualisation service provider for disks. One device is one virtual SCSI controller with up to 64 disks, or the
 * accelerator of one IDE disk.
 *
 * A SCSI command arrives in a ring, with its data by reference to the guest's own pages; the disk moves the bytes straight there, so
 * no processor copies them. The work runs in the root partition's kernel: nothing of it enters user mode.
 *
 * Sources: OpenVMM `vm/devices/storage/storvsp/src/lib.rs`; Linux 6.1 `drivers/scsi/storvsc_drv.c` for what the guest expects.
 */
import { invariant } from '../../core/errors.ts';
import type { GuestMemory } from '../../machine/memory.ts';
import type { Partition } from '../../machine/partition.ts';
import type { RootPartition } from '../../machine/root.ts';
import { ASC, SAM_STAT } from '../../wire/scsi.ts';
import { SRB_STATUS, STORAGE_CHANNEL, VMSTOR_PROTO_VERSION, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import type { Disk } from '../backends/disk.ts';
import type { DiskService } from '../backends/service.ts';
import type { VmbusChannel } from './channel.ts';
import type { ScsiDisk } from './scsi-disk.ts';
import { absentLun } from './scsi-lun.ts';
import { illegal, type ScsiDone, type ScsiPlan, type ScsiTransfer, type ScsiWork } from './scsi-plan.ts';
import { type SavedHandshake, StorvspHandshake } from './storvsp-protocol.ts';
import type { StorvspRequest } from './storvsp-request.ts';
import { MAX_IN_FLIGHT, POLL_MODE_DEPTH, type StorvspCore, StorvspWorker } from './storvsp-worker.ts';
import type { CloseAnswer, OfferDescription, OpenAnswer, VmbusDevice } from './vmbus-device.ts';

/** Where a disk hangs on a controller. Hyper-V uses path 0, target 0 and LUNs 0 to 63. */
export interface ScsiAddress {
  readonly path: number;
  readonly target: number;
  readonly lun: number;
}

/** A disk on the controller: what it answers, and how long its medium takes. */
export interface LogicalUnit {
  readonly scsi: ScsiDisk;
  readonly service: DiskService;
}

export interface StorvspOptions {
  readonly name?: string;
  /** Instance GUID of the offer. */
  readonly instanceId?: string;
  /** Newest protocol version to accept, major << 8 | minor. */
  readonly newestVersion?: number;
  /** Sub-channels a guest may ask for. */
  readonly maxSubChannels?: number;
  /** Most requests in flight on one channel; 256 when absent. */
  readonly maxInFlight?: number;
  /** From this many requests in flight on the guest need not signal; 1 when absent, Infinity to want a signal always. */
  readonly pollModeDepth?: number;
  /** Makes it the accelerator of this IDE disk: path is the IDE channel, target the drive on it. It has one disk, as LUN 0. */
  readonly ide?: { readonly path: 0 | 1; readonly target: 0 | 1 };
}

/** Instance GUID of the SCSI controller that is offered when none is named. */
export const DEFAULT_SCSI_INSTANCE = 'f8b3781a-1e82-4818-a1c3-63d806ec15bb';
const UNREACHABLE: ScsiDone = illegal(ASC.INVALID_FIELD_IN_CDB);

export class Storvsp implements VmbusDevice, StorvspCore {
  readonly name: string;
  readonly offer: OfferDescription;
  readonly memory: GuestMemory;
  readonly handshake: StorvspHandshake;
  readonly maxInFlight: number;
  readonly pollModeDepth: number;
  private readonly ide: StorvspOptions['ide'];
  private readonly units = new Map<number, LogicalUnit>();
  /** The address and the unit that was asked for last, since most guests use one disk at a time. */
  private lastAddress = -1;
  private lastUnit: LogicalUnit | undefined;
  private readonly root: RootPartition;
  private readonly ringOp: number;
  /** By sub-channel index. */
  private readonly workers: (StorvspWorker | undefined)[] = [];
  private readonly work: number;
  private primary: VmbusChannel | undefined;

  constructor({ memory, root }: Partition, options: StorvspOptions = {}) {
    this.memory = memory;
    this.root = root;
    this.ringOp = root.price('ring.op');
    this.ide = options.ide;
    this.maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT;
    this.pollModeDepth = options.pollModeDepth ?? POLL_MODE_DEPTH;
    this.name = options.name ?? (options.ide ? 'IDE accelerator' : 'SCSI controller');
    this.offer = options.ide ? ideOffer(options.ide) : scsiOffer(options.instanceId);
    this.handshake = new StorvspHandshake({
      newest: options.newestVersion ?? VMSTOR_PROTO_VERSION.WIN10,
      maxSubChannels: options.ide ? 0 : (options.maxSubChannels ?? 0),
    });
    this.work = root.work('storvsp', (index) => this.workers[index]?.complete());
  }

  /** The worker of a channel that is open: for counters. */
  worker(subChannelIndex = 0): StorvspWorker | undefined {
    return this.workers[subChannelIndex];
  }

  /** Puts a disk on the controller. A guest that is running is told to scan. */
  attach(unit: LogicalUnit, address: ScsiAddress = this.defaultAddress): void {
    invariant(!this.units.has(keyOf(address)), `${this.name} has a disk at LUN ${address.lun} already`);
    this.units.set(keyOf(address), unit);
    this.unitsChanged();
  }

  /** Pulls a disk out. Requests that the medium is still working on fail; a guest that is running is told to scan. */
  detach(address: ScsiAddress = this.defaultAddress): void {
    this.units.delete(keyOf(address));
    this.unitsChanged();
  }

  private get defaultAddress(): ScsiAddress {
    return { path: this.ide?.path ?? 0, target: this.ide?.target ?? 0, lun: 0 };
  }

  private unitsChanged(): void {
    this.lastAddress = -1;
    for (const [key, unit] of this.units) unit.scsi.luns = this.lunsOf(key & ~0xff);
    const { state, version } = this.handshake;
    if (state === 'ready' && version >= VMSTOR_PROTO_VERSION.WIN7)
      this.workers[0]?.notify(VSTOR_OPERATION.ENUMERATE_BUS);
  }

  /** LUNs of the target in the upper bytes of a key. */
  private lunsOf(targetKey: number): number[] {
    const keys = [...this.units.keys()].filter((key) => (key & ~0xff) === targetKey);
    return keys.map((key) => key & 0xff).sort((a, b) => a - b);
  }

  onOpen(channel: VmbusChannel): OpenAnswer {
    const { ring, subChannelIndex } = channel;
    if (!ring) return 'refused';
    if (subChannelIndex === 0) this.primary = channel;
    this.workers[subChannelIndex] = new StorvspWorker(subChannelIndex, this, channel, ring);
    return 'opened';
  }

  onClose(channel: VmbusChannel): CloseAnswer {
    const worker = this.workers[channel.subChannelIndex];
    this.workers[channel.subChannelIndex] = undefined;
    if (channel.subChannelIndex === 0) this.handshake.reset();
    return worker === undefined || worker.close() ? 'closed' : 'later';
  }

  /** The controller as it is saved, when the disk has done what it had. Requests that nobody has taken are in the ring, in guest memory. */
  save(): SavedHandshake {
    invariant(
      this.workers.every((worker) => worker === undefined || worker.pending === 0),
      'a storage controller at work cannot be saved',
    );
    return this.handshake.save();
  }

  /** Puts back what {@link save} gave, after the channels; and looks into the rings, since nobody will signal for what lies there. */
  load(saved: SavedHandshake): void {
    this.handshake.load(saved);
    for (const worker of this.workers) if (worker) this.wake(worker);
  }

  onSignal(channel: VmbusChannel): void {
    this.workers[channel.subChannelIndex]?.run();
  }

  spendRingOp(): void {
    this.root.elapse(this.ringOp);
  }

  wake(worker: StorvspWorker): void {
    this.root.interrupt(this.work, worker.index);
  }

  offerSubChannels(count: number): void {
    this.primary?.offerSubChannels(count);
  }

  execute(worker: StorvspWorker, request: StorvspRequest): boolean {
    const unit = this.unitFor(request);
    const transfer = unit && request.reachable ? unit.scsi.transfer(request.cdb, request) : undefined;
    if (!unit || !transfer) return this.executeOther(worker, request, unit);
    this.submitTransfer(worker, unit.service, request, transfer);
    return false;
  }

  /** Whatever is not a plain transfer. Apart, since what is short the compiler puts where it is called. */
  private executeOther(
    worker: StorvspWorker,
    request: StorvspRequest,
    unit: LogicalUnit | undefined,
  ): boolean {
    const plan = request.reachable ? this.plan(unit, request) : UNREACHABLE;
    if (plan.kind === 'no-lun') {
      request.fail(SRB_STATUS.INVALID_LUN);
      return true;
    }
    if (plan.kind === 'done') {
      this.conclude(request, plan);
      return true;
    }
    invariant(unit !== undefined, 'only a disk that is there plans work');
    return this.submit(worker, unit.service, request, plan);
  }

  private plan(
    unit: LogicalUnit | undefined,
    request: StorvspRequest,
  ): ScsiPlan | { readonly kind: 'no-lun' } {
    if (unit) return unit.scsi.plan(request.cdb, request);
    return absentLun(request.cdb, request, this.lunsOf(this.keyFor(request) & ~0xff));
  }

  private unitFor(request: StorvspRequest): LogicalUnit | undefined {
    if (request.address !== this.lastAddress) {
      this.lastAddress = request.address;
      this.lastUnit = this.units.get(this.keyFor(request));
    }
    return this.lastUnit;
  }

  /** The accelerator has one disk, wherever the guest believes it to be. */
  private keyFor({ address }: StorvspRequest): number {
    const path = this.ide ? this.ide.path : (address >>> 8) & 0xff;
    return keyOf({ path, target: (address >>> 16) & 0xff, lun: address >>> 24 });
  }

  private conclude(request: StorvspRequest, { status, sense, data }: ScsiDone): void {
    request.scsiStatus = status;
    request.srbStatus = status === SAM_STAT.GOOD ? SRB_STATUS.SUCCESS : SRB_STATUS.ERROR;
    request.sense = sense;
    if (data) request.fill(data);
  }

  private submit(
    worker: StorvspWorker,
    service: DiskService,
    request: StorvspRequest,
    plan: ScsiWork,
  ): boolean {
    if (plan.kind === 'read' || plan.kind === 'write') {
      this.submitTransfer(worker, service, request, plan);
      return false;
    }
    request.work = plan.kind;
    request.lba = 0;
    request.sectors = 0;
    if (plan.kind === 'unmap') {
      request.unmap = plan.ranges;
      request.lba = Math.min(...plan.ranges.map((range) => range.lba));
      request.sectors = Math.max(...plan.ranges.map((range) => range.lba + range.sectors)) - request.lba;
    }
    service.submit(plan.kind, request.lba, request.sectors, worker.onDisk, request.slot);
    return false;
  }

  private submitTransfer(
    worker: StorvspWorker,
    service: DiskService,
    request: StorvspRequest,
    { kind, lba, sectors, fua }: Readonly<ScsiTransfer>,
  ): void {
    request.work = kind;
    request.lba = lba;
    request.sectors = sectors;
    request.stable = fua && kind === 'write';
    service.submit(kind, lba, sectors, worker.onDisk, request.slot);
  }

  finish(request: StorvspRequest): void {
    const unit = this.unitFor(request);
    if (!unit) {
      request.fail(SRB_STATUS.NO_DEVICE);
    } else if (this.doWork(unit.scsi.disk, request)) {
      request.succeed();
    } else {
      this.conclude(request, unit.scsi.fault());
    }
  }

  /** What the medium has done meanwhile becomes visible: bytes move, sectors are given up. `false` when it could not be done. */
  private doWork(disk: Disk, request: StorvspRequest): boolean {
    if (request.work === 'read' || request.work === 'write') {
      if (!request.move(disk)) return false;
      if (request.stable) disk.flush();
    } else if (request.work === 'flush') disk.flush();
    else for (const range of request.unmap) disk.unmap(range.lba, range.sectors);
    return true;
  }
}

const keyOf = ({ path, target, lun }: ScsiAddress): number => (path << 16) | (target << 8) | lun;

function scsiOffer(instanceId = DEFAULT_SCSI_INSTANCE): OfferDescription {
  return { interfaceId: DEVICE_CLASS.SCSI.guid, instanceId };
}

/** Old Windows drivers find the IDE disk by the user data, new ones and Linux by the instance GUID. Source: golden vector `offer_ide_*`. */
function ideOffer({ path, target }: NonNullable<StorvspOptions['ide']>): OfferDescription {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return {
    interfaceId: DEVICE_CLASS.IDE.guid,
    instanceId: `${hex(path, 8)}-${hex(target, 4)}-8899-0000-000000000000`,
    userDefined: Uint8Array.of(0, 0, path, target, 0, 0, 0, 0, STORAGE_CHANNEL.EMULATED_IDE_FLAG, 0, 0, 0),
  };
}
