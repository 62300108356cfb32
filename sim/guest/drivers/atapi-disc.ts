/**
 * The disc in a packet drive as a block device: ready, capacity, reads. As Linux' sr driver above libata (drivers/scsi/sr.c), with the
 * sectors of 512 bytes in which readers of file systems count here.
 */
import type { Program } from '../../core/program.ts';
import { CD_BLOCK_BYTES } from '../../wire/mmc.ts';
import { SENSE_KEY } from '../../wire/scsi.ts';
import { bigEndian, blockCdb, readCapacity10Cdb, testUnitReadyCdb } from '../../wire/scsi-cdb.ts';
import type { AtapiDriver, PacketResult } from './atapi.ts';
import { type BlockDriver, IO_OK, type IoResult } from './block.ts';

const SECTORS_PER_BLOCK = CD_BLOCK_BYTES / 512;
/** Blocks of one command: 64 KiB, what a descriptor table of one entry takes. */
const MOST_BLOCKS = 32;
/** Times that a unit attention is taken for an answer to something else (sr.c, MAX_RETRIES). */
const TRIES = 3;
const REFUSED: IoResult = { kind: 'failed', status: 0, error: 0, reason: 'no whole blocks of the disc' };

/** How data are moved. */
export interface DiscOptions {
  readonly dma: boolean;
  /** A page for short answers. */
  readonly page: number;
}

export class AtapiDisc implements Pick<BlockDriver, 'sectors' | 'read'> {
  /** Capacity in sectors of 512 bytes, known after {@link open}. */
  sectors = 0;
  readonly driver: AtapiDriver;
  readonly #options: DiscOptions;

  constructor(driver: AtapiDriver, options: DiscOptions) {
    this.driver = driver;
    this.#options = options;
  }

  /** Waits for the drive to be ready and learns the capacity. False without a disc. */
  *open(): Program<boolean> {
    const ready = yield* this.#insist(testUnitReadyCdb(), 0, 0);
    if (ready.kind !== 'ok') return false;
    const { page } = this.#options;
    const answer = yield* this.#insist(readCapacity10Cdb(), page, 8);
    if (answer.kind !== 'ok' || answer.bytes < 8) return false;
    const bytes = this.driver.port.cpu.memory.read(page, 8);
    if (bigEndian(bytes, 4, 4) !== CD_BLOCK_BYTES) return false;
    this.sectors = (bigEndian(bytes, 0, 4) + 1) * SECTORS_PER_BLOCK;
    return true;
  }

  /** Reads from the start of a block; what is read beyond `sectors` to the end of one lies behind them. */
  *read(lba: number, sectors: number, gpa: number): Program<IoResult> {
    if (lba % SECTORS_PER_BLOCK !== 0) return REFUSED;
    const blocks = Math.ceil(sectors / SECTORS_PER_BLOCK);
    for (let done = 0; done < blocks; done += MOST_BLOCKS) {
      const count = Math.min(MOST_BLOCKS, blocks - done);
      const cdb = blockCdb('read', lba / SECTORS_PER_BLOCK + done, count);
      const at = gpa + done * CD_BLOCK_BYTES;
      const result = yield* this.#insist(cdb, at, count * CD_BLOCK_BYTES, this.#options.dma);
      if (result.kind !== 'ok') return failedOf(result);
    }
    return IO_OK;
  }

  /** Gives a command again when the drive only had something else to say. */
  *#insist(cdb: Uint8Array, gpa: number, bytes: number, dma = false): Program<PacketResult> {
    for (let tries = 1; ; tries++) {
      const result = yield* this.driver.packet(cdb, gpa, bytes, dma);
      const told = result.kind === 'check' && result.sense?.key === SENSE_KEY.UNIT_ATTENTION;
      if (!told || tries === TRIES) return result;
    }
  }
}

function failedOf(result: Exclude<PacketResult, { kind: 'ok' }>): IoResult {
  if (result.kind === 'broken') return { kind: 'failed', status: 0, error: 0, reason: result.reason };
  const { key = 0, code = 0 } = result.sense ?? {};
  return { kind: 'failed', status: key, error: code, reason: 'the drive reported an error' };
}
