/**
 * The commands of a hard disk, as data: what each opcode does, how it addresses the medium and how much it moves per interrupt.
 *
 * Sources: ATA/ATAPI-6 command set; OpenVMM vm/devices/storage/ide/src/drive/hard_drive.rs for what Hyper-V's drive leaves out.
 */
import { ATA_CMD, ataDataPhase } from '../../wire/ata.ts';
import { BUFFER_SECTORS, type DriveState } from './ide-state.ts';

/** What the drive does with an opcode. */
export type CommandKind =
  | 'read'
  | 'write'
  | 'verify'
  | 'flush'
  | 'identify'
  | 'diagnostic'
  | 'initialise-parameters'
  | 'recalibrate'
  | 'set-multiple'
  | 'set-features'
  | 'check-power'
  | 'accept';

/** How many sectors make one block, which is one file I/O of the host and (for PIO) one interrupt. */
export type BlockUnit = 'sector' | 'multiple' | 'buffer';

/** What a drive does with an opcode, all that its state machine asks. */
export interface CommandSpec {
  readonly opcode: number;
  readonly kind: CommandKind;
  /** 48-bit addressing: 16-bit count, 48-bit LBA from the previous registers. */
  readonly lba48: boolean;
  readonly dma: boolean;
  readonly unit: BlockUnit;
  /** The block must be on stable storage before the command completes. */
  readonly fua: boolean;
}

const KINDS: readonly (readonly [opcode: number, kind: CommandKind])[] = [
  [ATA_CMD.PIO_READ, 'read'],
  [ATA_CMD.PIO_READ_EXT, 'read'],
  [ATA_CMD.READ_MULTI, 'read'],
  [ATA_CMD.READ_MULTI_EXT, 'read'],
  [ATA_CMD.READ, 'read'],
  [ATA_CMD.READ_EXT, 'read'],
  [ATA_CMD.PIO_WRITE, 'write'],
  [ATA_CMD.PIO_WRITE_EXT, 'write'],
  [ATA_CMD.WRITE_MULTI, 'write'],
  [ATA_CMD.WRITE_MULTI_EXT, 'write'],
  [ATA_CMD.WRITE_MULTI_FUA_EXT, 'write'],
  [ATA_CMD.WRITE, 'write'],
  [ATA_CMD.WRITE_EXT, 'write'],
  [ATA_CMD.WRITE_FUA_EXT, 'write'],
  [ATA_CMD.VERIFY, 'verify'],
  [ATA_CMD.VERIFY_EXT, 'verify'],
  [ATA_CMD.FLUSH, 'flush'],
  [ATA_CMD.FLUSH_EXT, 'flush'],
  [ATA_CMD.ID_ATA, 'identify'],
  [ATA_CMD.EDD, 'diagnostic'],
  [ATA_CMD.INIT_DEV_PARAMS, 'initialise-parameters'],
  [ATA_CMD.SET_MULTI, 'set-multiple'],
  [ATA_CMD.SET_FEATURES, 'set-features'],
  [ATA_CMD.CHK_POWER, 'check-power'],
  [ATA_CMD.STANDBYNOW1, 'accept'],
  [ATA_CMD.IDLEIMMEDIATE, 'accept'],
  [ATA_CMD.STANDBY, 'accept'],
  [ATA_CMD.IDLE, 'accept'],
  [ATA_CMD.SLEEP, 'accept'],
];

/** Old forms: "without retry" of five commands, and the ranges RECALIBRATE (1xh) and SEEK (7xh). */
const RETIRED: ReadonlyMap<number, number> = new Map([
  [0x21, ATA_CMD.PIO_READ],
  [0x31, ATA_CMD.PIO_WRITE],
  [0x41, ATA_CMD.VERIFY],
  [0xc9, ATA_CMD.READ],
  [0xcb, ATA_CMD.WRITE],
]);

function kindOf(opcode: number): CommandKind | undefined {
  if (opcode >> 4 === 1) return 'recalibrate';
  if (opcode >> 4 === 7) return 'accept';
  return KINDS.find(([known]) => known === opcode)?.[1];
}

function specOf(opcode: number): CommandSpec | undefined {
  const modern = RETIRED.get(opcode) ?? opcode;
  const kind = kindOf(modern);
  if (kind === undefined) return undefined;
  const phase = ataDataPhase(modern);
  const dma = phase.protocol === 'dma-in' || phase.protocol === 'dma-out';
  return Object.freeze({
    opcode,
    kind,
    lba48: phase.lba48 || modern === ATA_CMD.VERIFY_EXT || modern === ATA_CMD.FLUSH_EXT,
    dma,
    unit: dma || kind === 'verify' ? 'buffer' : phase.multiple ? 'multiple' : 'sector',
    fua: modern === ATA_CMD.WRITE_FUA_EXT || modern === ATA_CMD.WRITE_MULTI_FUA_EXT,
  });
}

/** By opcode; `undefined` is a command that the drive aborts. */
export const COMMANDS: readonly (CommandSpec | undefined)[] = Object.freeze(
  Array.from({ length: 256 }, (_, opcode) => specOf(opcode)),
);

/** Where OpenVMM's drive departs from the ATA standard. All off by default; a VM that shows them is closer to that code. */
export interface IdeQuirks {
  /** READ/WRITE MULTIPLE exist only in their EXT forms: C4h and C5h are aborted. */
  readonly multipleOnlyExt: boolean;
  /** WRITE SECTORS EXT (34h) uses only 8 bits of its sector count. */
  readonly writeExtCount8: boolean;
}

/** The drive of the ATA standard. */
export const NO_QUIRKS: IdeQuirks = Object.freeze({ multipleOnlyExt: false, writeExtCount8: false });

/** The command behind an opcode for a drive with these quirks. */
export function commandOf(opcode: number, quirks: IdeQuirks): CommandSpec | undefined {
  if (quirks.multipleOnlyExt && (opcode === ATA_CMD.READ_MULTI || opcode === ATA_CMD.WRITE_MULTI))
    return undefined;
  return COMMANDS[opcode & 0xff];
}

/** Sectors that a command asks for. 0 means 256, or 65 536 with 48-bit addressing. */
export function sectorCountOf(spec: CommandSpec, state: DriveState, quirks: IdeQuirks): number {
  const narrow = !spec.lba48 || (quirks.writeExtCount8 && spec.opcode === ATA_CMD.PIO_WRITE_EXT);
  const count = narrow ? state.count & 0xff : state.count;
  return count || (spec.lba48 ? 0x1_0000 : 0x100);
}

/** Sectors of the next block. */
export function blockOf(spec: CommandSpec, state: DriveState): number {
  if (spec.unit === 'sector') return 1;
  return Math.min(state.remaining, spec.unit === 'multiple' ? state.multiple : BUFFER_SECTORS);
}
