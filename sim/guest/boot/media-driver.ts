/** Answers what a reader of partitions and file systems asks for, by the block driver of whoever runs: firmware, loader or kernel. */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import type { BlockDriver } from '../drivers/block.ts';
import type { Reading } from '../media/index.ts';

/** Where such reads go. */
export interface MediaDriver {
  readonly cpu: Cpu;
  readonly disk: Pick<BlockDriver, 'read'>;
  /** 64 KiB of guest memory, where every read lands before its bytes are looked at. */
  readonly buffer: number;
  /** Told of every read that has been answered: its bytes lie at `buffer`. */
  readonly onRead?: (lba: number, sectors: number) => void;
}

const SECTOR_BYTES = 512;
const NOTHING = new Uint8Array(0);

/** Runs a reader to its end. A read that fails is answered with nothing, which the reader reports as an unreadable disk. */
export function* readMedia<T>({ cpu, disk, buffer, onRead }: MediaDriver, reading: Reading<T>): Program<T> {
  let step = reading.next();
  while (!step.done) {
    const { lba, sectors } = step.value;
    const { kind } = yield* disk.read(lba, sectors, buffer);
    if (kind === 'ok') onRead?.(lba, sectors);
    const bytes = cpu.memory.u8.subarray(buffer, buffer + sectors * SECTOR_BYTES);
    step = reading.next(kind === 'ok' ? bytes : NOTHING);
  }
  return step.value;
}
