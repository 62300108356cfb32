/** What hangs on a cable: a disk or a packet device, as its channel and the bus master meet it. */
import type { Sense } from '../../wire/scsi-data.ts';
import type { MediumState } from './atapi-medium.ts';
import type { DriveState } from './ide-state.ts';

/** A drive as it is saved: registers and buffer; of a packet drive also sense and what it knows of its disc. */
export type SavedDrive = {
  readonly state: DriveState;
  readonly sense?: Sense;
  readonly medium?: MediumState;
};

/** One end of the cable. It hears every register write and answers when it is selected. */
export interface CableDevice {
  /** Registers, and the buffer that the data port and the bus master move. */
  readonly state: DriveState;
  /** The status byte, without side effects. */
  readonly status: number;
  /** INTRQ as the cable carries it. */
  readonly interrupt: boolean;
  powerOn(): void;
  /** Everything it remembers, copied; and the way back. The disk behind it is not part of it. */
  save(): SavedDrive;
  load(saved: SavedDrive): void;
  readRegister(register: number): number;
  writeRegister(register: number, value: number): void;
  writeControl(value: number): void;
  command(opcode: number): void;
  /** Reads the status register: the interrupt is withdrawn. */
  acknowledge(): number;
  /** Moves past bytes of the open buffer that went to or came from the guest. */
  advance(bytes: number): void;
  /** The last bytes that the bus master's table describes. */
  endTransfer(bytes: number): void;
  /** The bus master could not reach guest memory: the command is aborted. */
  abortTransfer(): void;
}
