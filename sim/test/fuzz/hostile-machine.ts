/**
 * The machine that is attacked: a virtual machine whose guest is the fuzzer, and a second one on the same hypervisor that must not notice.
 *
 * The guest's side is the seam and guest memory, nothing else. Memory that the host may write is filled with a pattern first: what the
 * host leaves of it in a reply can then be told.
 */
import { Streams } from '../../core/rng.ts';
import { Trace } from '../../core/trace.ts';
import { MemoryDisk } from '../../host/backends/disk.ts';
import { DiskService } from '../../host/backends/service.ts';
import { ScsiDisk } from '../../host/vsp/scsi-disk.ts';
import { type LogicalUnit, Storvsp, type StorvspOptions } from '../../host/vsp/storvsp.ts';
import { TestStorvsc } from '../../host/vsp/storvsp-testing.ts';
import type { VmbusDevice } from '../../host/vsp/vmbus-device.ts';
import { TestGuest, type TestGuestOptions, type TestMessage } from '../../host/vsp/vmbus-testing.ts';
import { Hypervisor } from '../../machine/hypervisor.ts';
import { PAGE_SIZE } from '../../machine/memory.ts';
import { guidBytes } from '../../wire/layout-values.ts';
import { HV_X64_MSR } from '../../wire/msr.ts';
import { HV_MESSAGE_OFFSET, HV_MESSAGE_SIZE } from '../../wire/synic-constants.ts';
import { VMBUS_MESSAGE_SINT } from '../../wire/vmbus.ts';
import { CANARY_PAGE } from './chance.ts';
import { Digest } from './digest.ts';
import { Finding, hold } from './finding.ts';
import { Witness } from './witness.ts';

/** Bytes of the attacked machine's memory. */
export const MEMORY = 4 << 20;
/** Cycles that a case has to come to rest, and events that it may take for it. */
const REST = 1_000_000;
const MOST_EVENTS = 100_000;
/** Work that may be under way when a case is over. */
const MOST_PENDING = 4096;
const CANARY_BYTE = 0xc5;
const BYSTANDER = '00000000-0000-0000-0000-00000000b0b0';

/** The machine and what its guest knows of it. */
export class HostileMachine {
  readonly hypervisor = new Hypervisor({ trace: new Trace({ enabled: false }) });
  readonly guest: TestGuest;
  /** Fills memory that the host is to write. */
  readonly poison: number;
  /** Everything that the host has said. */
  readonly digest = new Digest();
  /** Opens an attacked channel once more, as a guest does that has been reset, and greets its device; one for each. */
  readonly comeBack: (() => void)[] = [];
  private readonly otherMachine: Witness;
  private bystander: Witness | undefined;
  private offers: TestMessage[] = [];
  private readonly withBystander: boolean;

  /** With a bystander, a disk of the same machine must not notice either. `partition`: what the attacked one is other than by default. */
  constructor(poison: number, withBystander: boolean, partition: TestGuestOptions['partition'] = {}) {
    this.poison = poison;
    this.withBystander = withBystander;
    const { hypervisor } = this;
    this.guest = new TestGuest({ hypervisor, vps: 2, memoryBytes: MEMORY, patience: REST, partition });
    const other = new TestGuest({ hypervisor: this.hypervisor, memoryBytes: 2 << 20, patience: REST });
    const storvsc = new TestStorvsc({ dataPages: 1 }, other);
    storvsc.openFrom(other.connect(), 1);
    this.otherMachine = new Witness(storvsc);
    this.guest.memory.u8.fill(CANARY_BYTE, CANARY_PAGE, CANARY_PAGE + PAGE_SIZE);
  }

  /** Offers devices and connects. */
  connect(devices: readonly VmbusDevice[]): void {
    const { guest } = this;
    for (const device of devices) guest.server.offer(device);
    const storvsc = new TestStorvsc({ storvsp: { instanceId: BYSTANDER } }, guest);
    this.offers = guest.connect();
    if (!this.withBystander) return;
    storvsc.openFrom(this.offers, 1);
    this.bystander = new Witness(storvsc);
  }

  /** The offer of a device. */
  offerOf(device: VmbusDevice): TestMessage {
    const instance = guidBytes(device.offer.instanceId).join();
    const offer = this.offers.find(({ bytes }) => bytes.slice(24, 40).join() === instance);
    hold(offer, 'harm', `${device.name} was not offered`);
    return offer;
  }

  /** A SCSI controller with one disk. */
  disk(sectors: number, options: StorvspOptions = {}): Storvsp {
    const storvsp = new Storvsp(this.guest.partition, options);
    storvsp.attach(this.unit(sectors));
    return storvsp;
  }

  /** A disk with its medium. */
  unit(sectors: number): LogicalUnit {
    const { engine, costs } = this.hypervisor;
    const service = new DiskService(engine, new Streams(1).stream('disk'), 'memory', costs, { sectors });
    return { scsi: new ScsiDisk(new MemoryDisk(sectors)), service };
  }

  /** Lets everything happen that is under way. */
  rest(): void {
    const { engine } = this.hypervisor;
    const end = engine.run(engine.now + REST, MOST_EVENTS);
    hold(end.kind !== 'budget', 'hang', `${MOST_EVENTS} events and no rest`);
    hold(engine.pending <= MOST_PENDING, 'memory', `${engine.pending} events wait`);
  }

  /** Takes the messages of the bus that have come; the slots are filled with the pattern again. Returns how many. */
  takeMessages(): number {
    const { guest, poison, digest } = this;
    const { u8, view } = guest.memory;
    let taken = 0;
    for (const { index } of guest.partition.vps) {
      const slot = guest.messagePage(index) + VMBUS_MESSAGE_SINT * HV_MESSAGE_SIZE;
      // A guest that leaves its pages alone has them where they were; one that moved them sees zeros or its own bytes there.
      for (let round = 0; view.getUint32(slot, true) !== 0 && round < 64; round++) {
        const size = u8[slot + HV_MESSAGE_OFFSET.PAYLOAD_SIZE];
        const payload = slot + HV_MESSAGE_OFFSET.PAYLOAD;
        digest.add(u8, slot, 16);
        digest.add(u8, payload, Math.min(size, 240));
        const pending = u8[slot + HV_MESSAGE_OFFSET.FLAGS] !== 0;
        u8.fill(poison, slot + 4, slot + HV_MESSAGE_SIZE);
        view.setUint32(slot, 0, true);
        taken++;
        if (!pending) break;
        guest.partition.writeMsr(index, HV_X64_MSR.EOM, 0n);
        this.rest();
      }
    }
    return taken;
  }

  /** A guest that is reset finds everything as at the beginning, whatever it did before. */
  checkRecovery(): void {
    const { guest } = this;
    // What it has not read yet is no answer to what it will ask.
    guest.messages();
    guest.partition.reset();
    this.rest();
    try {
      guest.powerOn();
      this.offers = guest.connect();
    } catch (cause) {
      throw new Finding('harm', 'the guest cannot connect any more', { cause });
    }
    const devices = guest.server.channels.filter(({ primary, withdrawn }) => !primary && !withdrawn);
    hold(this.offers.length === devices.length, 'harm', 'a reset guest is not offered every device');
    for (const open of this.comeBack.splice(0)) open();
  }

  /** Nobody else has noticed. */
  checkOthers(): void {
    this.rest();
    const { u8 } = this.guest.memory;
    for (let at = CANARY_PAGE; at < CANARY_PAGE + PAGE_SIZE; at++)
      hold(u8[at] === CANARY_BYTE, 'harm', 'a page that nobody shares was written');
    this.otherMachine.check('the other virtual machine');
    this.bystander?.check('the other disk of the machine');
    const gpadls = this.guest.server.connection?.gpadls;
    hold((gpadls?.unfinishedCount ?? 0) <= 128, 'memory', 'unfinished page lists pile up');
    hold((gpadls?.size ?? 0) <= 8192, 'memory', 'page lists pile up');
  }
}
