/**
 * A whole machine as bytes: memory, processors, interrupt controllers, SynIC and MSRs; chipset and IDE controller with its drives; VMBus
 * with its channels and page lists; the storage provider. And the way back into a new machine of the same make.
 *
 * Format: "RSAV", the version and the length of the first part as 32-bit numbers, then that part (plain data, `core/plain.ts`), then the pages
 * of memory that are not empty, in the order in which the first part lists them.
 *
 * What a machine must not have under way when it is saved: a file I/O, work of the root, an intercept that a device keeps open. Whoever saves
 * lets the host finish first, while the guest stands still, as Hyper-V does.
 *
 * What is saved, and that open channels stay open: OpenVMM vm/devices/storage/ide/src/lib.rs (save_restore), storvsp/src/save_restore.rs,
 * vm/devices/vmbus/vmbus_server/src/channels/saved_state.rs. Requests in flight OpenVMM saves and gives out again; here they are done before.
 */
import { invariant, UserError } from '../core/errors.ts';
import { decodePlain, encodePlain, type Plain } from '../core/plain.ts';
import type { SavedIde } from '../host/devices/ide.ts';
import type { SavedHandshake } from '../host/vsp/storvsp-protocol.ts';
import type { SavedBus } from '../host/vsp/vmbus-server.ts';
import type { SavedChipset } from '../host/worker.ts';
import { PAGE_SIZE } from '../machine/memory.ts';
import {
  loadPartition,
  type SavedPartition,
  savePartition,
  saveProblem,
} from '../machine/saved-partition.ts';
import type { Machine } from './machines.ts';

const MAGIC = [0x52, 0x53, 0x41, 0x56] as const;
const VERSION = 1;
const HEADER = 12;

/** A machine as plain data, without the contents of its memory. */
interface SavedMachine {
  readonly partition: Omit<SavedPartition, 'ram'>;
  /** Numbers of the pages that are not empty. */
  readonly pages: readonly number[];
  readonly memoryBytes: number;
  readonly chipset: SavedChipset;
  readonly ide: SavedIde;
  readonly bus: SavedBus;
  readonly storage: SavedHandshake;
}

/**
 * The machine as bytes; the same state gives the same bytes. Nothing of it changes.
 * @throws SimBug when something is under way that cannot be saved.
 */
export function saveMachine({ partition, worker, ide, vmbus, storvsp }: Machine): Uint8Array {
  const problem = saveProblem(partition);
  invariant(problem === undefined, `a machine with ${problem ?? ''} cannot be saved`);
  const { ram, ...rest } = savePartition(partition);
  const pages = pagesInUse(ram);
  const saved: SavedMachine = {
    partition: rest,
    pages,
    memoryBytes: ram.length,
    chipset: worker.save(),
    ide: withoutEmptyBuffers(ide.save()),
    bus: vmbus.save(),
    storage: storvsp.save(),
  };
  return join(encodePlain(saved as unknown as Plain), ram, pages);
}

/**
 * Loads a machine in which nothing has happened yet.
 * @throws UserError when the bytes are not those of such a machine.
 */
export function loadMachine(machine: Machine, bytes: Uint8Array): void {
  const saved = parse(bytes);
  const { partition, worker, ide, vmbus, storvsp } = machine;
  if (saved.memoryBytes !== partition.memory.size)
    throw mistake(
      `The saved machine has ${saved.memoryBytes} bytes of memory, this one ${partition.memory.size}.`,
    );
  const ram = new Uint8Array(saved.memoryBytes);
  const first = bytes.length - saved.pages.length * PAGE_SIZE;
  for (const [i, page] of saved.pages.entries()) {
    const from = first + i * PAGE_SIZE;
    ram.set(bytes.subarray(from, from + PAGE_SIZE), page * PAGE_SIZE);
  }
  loadPartition(partition, { ...saved.partition, ram });
  worker.load(saved.chipset);
  ide.load(withBuffers(saved.ide, machine));
  if (!vmbus.load(saved.bus))
    throw mistake('This host does not speak the VMBus version of the saved machine.');
  storvsp.load(saved.storage);
}

function pagesInUse(ram: Uint8Array): number[] {
  const words = new Uint32Array(ram.buffer, ram.byteOffset, ram.length / 4);
  const perPage = PAGE_SIZE / 4;
  const used: number[] = [];
  for (let page = 0; page < ram.length / PAGE_SIZE; page++) {
    let word = page * perPage;
    const end = word + perPage;
    while (word < end && words[word] === 0) word++;
    if (word < end) used.push(page);
  }
  return used;
}

/** The buffer of a drive matters while a transfer is open; else it is left out. */
function withoutEmptyBuffers(ide: SavedIde): SavedIde {
  return mapDrives(ide, (state) => ({
    ...state,
    buffer: state.transfer === 'none' ? new Uint8Array(0) : state.buffer,
  }));
}

/** A drive has its buffer whether there is something in it or not. */
function withBuffers(ide: SavedIde, { ide: { channels } }: Machine): SavedIde {
  return mapDrives(ide, (state, channel, device) => {
    const buffer = new Uint8Array(channels[channel].drives[device]?.state.buffer.length ?? 0);
    buffer.set(state.buffer);
    return { ...state, buffer };
  });
}

type Drive = NonNullable<SavedIde['channels'][0]['drives'][0]>;

function mapDrives(
  { channels, pci }: SavedIde,
  change: (state: Drive['state'], channel: number, device: number) => Drive['state'],
): SavedIde {
  const map = (channel: number): SavedIde['channels'][0] => {
    const { drives, ...rest } = channels[channel];
    const [first, second] = drives.map((drive, device) =>
      drive ? { ...drive, state: change(drive.state, channel, device) } : undefined,
    );
    return { ...rest, drives: [first, second] };
  };
  return { channels: [map(0), map(1)], pci };
}

function join(first: Uint8Array, ram: Uint8Array, pages: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(HEADER + first.length + pages.length * PAGE_SIZE);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, first.length, true);
  bytes.set(first, HEADER);
  for (const [i, page] of pages.entries()) {
    const from = page * PAGE_SIZE;
    bytes.set(ram.subarray(from, from + PAGE_SIZE), HEADER + first.length + i * PAGE_SIZE);
  }
  return bytes;
}

function parse(bytes: Uint8Array): SavedMachine {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw mistake('These bytes are no saved machine.');
  if (view.getUint32(4, true) !== VERSION) throw mistake('The machine was saved by another version.');
  const length = view.getUint32(8, true);
  if (HEADER + length > bytes.length) throw mistake('The saved machine is cut off.');
  const saved = decodePlain(bytes.subarray(HEADER, HEADER + length)) as unknown as SavedMachine;
  if (HEADER + length + saved.pages.length * PAGE_SIZE !== bytes.length)
    throw mistake('The memory of the saved machine is not whole.');
  return saved;
}

const mistake = (message: string): UserError =>
  new UserError([{ path: 'saved', kind: 'not-a-saved-machine', message, hint: 'Save the machine again.' }]);
