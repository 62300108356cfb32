/**
 * A crash dump over VMBus: the accelerator's channel is opened anew as a reserved one, without interrupts, and outlives the connection. The
 * program polls: its message page for answers of the bus, the ring for those of the disk.
 *
 * That reserved channels exist, take no interrupts and outlive UNLOAD is OpenVMM's (vmbus_server/src/channels.rs); that Windows dumps through
 * one where there is no other road is known. When it opens it, in which order it leaves the bus, how often it looks, and the size of the
 * rings are assumed.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { NT_STATUS, VMSTOR_PROTO_VERSION, VSTOR_OPERATION } from '../../wire/storvsp.ts';
import { vstorPacket } from '../../wire/storvsp-packet.ts';
import { StorvscDisk } from '../drivers/storvsc-disk.ts';
import { StorvscQueue } from '../drivers/storvsc-queue.ts';
import type { Vmbus } from '../drivers/vmbus.ts';
import { VmbusChannel } from '../drivers/vmbus-channel.ts';
import { closeChannel } from '../drivers/vmbus-requests.ts';

/** Pages of each ring: what one request and its answer need, and little more. Assumed. */
const RING_PAGES = 4;
const DEPTH = 4;
/** Microseconds between two looks. Assumed. */
const POLL_US = 1;
const STATUS = vstorPacket.accessor('status');
const MAX_TRANSFER = vstorPacket.accessor('storage_channel_properties.max_transfer_bytes');

/** A disk that is reached by polling, with the bus gone. */
export interface ReservedDisk {
  readonly disk: StorvscDisk;
  /** Gives the channel back. False when the host did not answer. */
  close(): Program<boolean>;
}

/**
 * Takes the road of a disk over for a dump: closes the channel that the crashed kernel has, opens it as a reserved one, leaves the bus, and
 * agrees on the protocol anew. `undefined` when the host refuses: then there is no dump by this road.
 */
export function* openReservedDisk(
  cpu: Cpu,
  vmbus: Vmbus,
  used: VmbusChannel,
  sectors: number,
): Program<ReservedDisk | undefined> {
  const { connection, hv } = vmbus;
  const targetVp = hv.vpIndex(cpu);
  vmbus.beginPolling(cpu, POLL_US);
  // Whatever the crashed kernel had in its rings is lost with them. There is no answer to wait for.
  yield* connection.post(cpu, closeChannel(used.offer.relid));
  const channel = new VmbusChannel(connection, used.offer);
  const opened = yield* channel.openReserved(cpu, { outPages: RING_PAGES, inPages: RING_PAGES, targetVp });
  yield* vmbus.disconnect(cpu, POLL_US);
  if (!opened) return undefined;
  const queue = new StorvscQueue(cpu, channel, DEPTH, hv.pages.page());
  const look = function* (): Program {
    yield* cpu.compute(POLL_US * hv.ticksPerMicrosecond);
    yield* queue.drain(cpu);
  };
  queue.rest = look;
  const maxTransfer = yield* initialise(queue);
  if (maxTransfer === undefined) return undefined;
  const address = { path: 0, target: 0, lun: 0 };
  const found = { address, vendor: '', product: '', sectors, writeProtected: false };
  return {
    disk: new StorvscDisk(found, queue, maxTransfer, look),
    close: () => channel.closeReserved(cpu, targetVp),
  };
}

/** BEGIN, version, properties, END. The longest transfer in bytes; `undefined` when something was refused. */
function* initialise(queue: StorvscQueue): Program<number | undefined> {
  if (!succeeded(yield* queue.control(VSTOR_OPERATION.BEGIN_INITIALIZATION))) return undefined;
  const version = VMSTOR_PROTO_VERSION.WIN10;
  if (!succeeded(yield* queue.control(VSTOR_OPERATION.QUERY_PROTOCOL_VERSION, version))) return undefined;
  const properties = yield* queue.control(VSTOR_OPERATION.QUERY_PROPERTIES);
  if (properties === undefined || !succeeded(properties)) return undefined;
  if (!succeeded(yield* queue.control(VSTOR_OPERATION.END_INITIALIZATION))) return undefined;
  return MAX_TRANSFER.get(new DataView(properties.buffer, properties.byteOffset), 0);
}

const succeeded = (reply: Uint8Array | undefined): boolean =>
  reply !== undefined && STATUS.get(new DataView(reply.buffer, reply.byteOffset), 0) === NT_STATUS.SUCCESS;
