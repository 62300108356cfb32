/**
 * A small database transaction with write-ahead logging, the pattern behind "databases are slow on emulated disks".
 *
 * Per transaction: a few random reads of data pages that are not in the cache, then one sequential write of log records, then a flush;
 * the transaction commits when the flush has ended. Every so often a checkpoint writes the changed data pages, at random addresses.
 *
 * Assumptions, all parameters: data pages of 8 KiB (Microsoft SQL Server documentation, "Pages and extents architecture guide"); log
 * blocks of 512 bytes to 60 KiB ("SQL Server transaction log architecture and management guide"), 4 KiB as default; 4 page reads and
 * 2 changed pages per transaction, a checkpoint per 50 transactions (assumed: no published figure was used). Write-ahead order:
 * C. Mohan et al., "ARIES", ACM TODS 17(1), 1992. One session, no group commit, no processor time of the database itself.
 */
import type { Program } from '../../core/program.ts';
import type { Rng } from '../../core/rng.ts';
import type { BlockOperation, IoResult } from '../drivers/block.ts';
import type { WorkloadSite } from './workload.ts';
import { SECTOR_BYTES, WorkloadReport } from './workload.ts';

export interface SqlTransactions {
  readonly transactions: number;
  /** Data page reads per transaction that miss the cache. Default 4. */
  readonly pageReads?: number;
  /** Data pages changed per transaction; they are written by the checkpoint. Default 2. */
  readonly pagesChanged?: number;
  /** Bytes per data page. Default 8192. */
  readonly pageBytes?: number;
  /** Bytes of log per transaction, a multiple of 512. Default 4096. */
  readonly logBytes?: number;
  /** Transactions between checkpoints. Default 50. */
  readonly checkpointEvery?: number;
  /** The log's first sector and length in sectors; it wraps. Default: the first sixteenth of the disk. */
  readonly logLba?: number;
  readonly logSectors?: number;
}

/** What a database asks: how long commits take, and what the disk saw. */
export interface SqlReport {
  /** One entry per transaction: from its first read to its durable commit. */
  readonly commits: WorkloadReport;
  /** One entry per disk request. */
  readonly disk: WorkloadReport;
}

/** Runs the transactions one after the other. The buffer must hold one page or log block, whichever is larger. */
export function* sqlTransactions(site: WorkloadSite, load: SqlTransactions, rng: Rng): Program<SqlReport> {
  const database = new Database(site, load, rng);
  for (let i = 1; i <= load.transactions; i++) {
    yield* database.transaction();
    if (i % database.checkpointEvery === 0) yield* database.checkpoint();
  }
  return { commits: database.commits, disk: database.requests };
}

class Database {
  readonly commits: WorkloadReport;
  readonly requests: WorkloadReport;
  readonly checkpointEvery: number;
  private readonly site: WorkloadSite;
  private readonly rng: Rng;
  private readonly reads: number;
  private readonly changes: number;
  private readonly pageSectors: number;
  private readonly recordSectors: number;
  private readonly logLba: number;
  private readonly logSectors: number;
  private logHead = 0;
  private readonly dirty: number[] = [];

  constructor(site: WorkloadSite, load: SqlTransactions, rng: Rng) {
    this.site = site;
    this.rng = rng;
    this.commits = new WorkloadReport(site.cpu.now);
    this.requests = new WorkloadReport(site.cpu.now);
    this.checkpointEvery = load.checkpointEvery ?? 50;
    this.reads = load.pageReads ?? 4;
    this.changes = load.pagesChanged ?? 2;
    this.pageSectors = (load.pageBytes ?? 8192) / SECTOR_BYTES;
    this.recordSectors = (load.logBytes ?? 4096) / SECTOR_BYTES;
    this.logLba = load.logLba ?? 0;
    this.logSectors = load.logSectors ?? Math.floor(site.disk.sectors / 16);
  }

  /** Read pages, change some in memory, write the log, make it durable. */
  *transaction(): Program {
    const { cpu } = this.site;
    const began = cpu.now;
    for (let i = 0; i < this.reads; i++) {
      const lba = this.randomPage();
      yield* this.request('read', lba, this.pageSectors);
      if (i < this.changes) this.dirty.push(lba);
    }
    if (this.logHead + this.recordSectors > this.logSectors) this.logHead = 0;
    const written = yield* this.request('write', this.logLba + this.logHead, this.recordSectors);
    this.logHead += this.recordSectors;
    const durable = yield* this.request('flush', 0, 0);
    const result = written.kind === 'ok' ? durable : written;
    this.commits.add(began, cpu.now, this.recordSectors * SECTOR_BYTES, result);
  }

  /** Writes every changed page, then makes them durable: the log before them may be reused. */
  *checkpoint(): Program {
    for (const lba of this.dirty) yield* this.request('write', lba, this.pageSectors);
    this.dirty.length = 0;
    yield* this.request('flush', 0, 0);
  }

  private *request(operation: BlockOperation, lba: number, sectors: number): Program<IoResult> {
    const { cpu, disk, buffer } = this.site;
    const issued = cpu.now;
    const result = operation === 'flush' ? yield* disk.flush() : yield* disk[operation](lba, sectors, buffer);
    this.requests.add(issued, cpu.now, sectors * SECTOR_BYTES, result);
    return result;
  }

  private randomPage(): number {
    const first = this.logLba + this.logSectors;
    const places = Math.floor((this.site.disk.sectors - first) / this.pageSectors);
    return first + this.rng.int(0, places - 1) * this.pageSectors;
  }
}
