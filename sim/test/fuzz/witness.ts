/** A disk that somebody else uses: what it holds, and what a request takes, must be the same after every attack. */
import { random } from '../../host/backends/testing.ts';
import type { TestStorvsc } from '../../host/vsp/storvsp-testing.ts';
import { blockCdb } from '../../wire/scsi-cdb.ts';
import { SRB_STATUS } from '../../wire/storvsp.ts';
import { Finding, hold } from './finding.ts';

const SECTORS = 8;
const BYTES = SECTORS * 512;
/** A request may take longer than in peace while the attacked host still works, but not much. */
const SLACK = 4;

export class Witness {
  private readonly storvsc: TestStorvsc;
  private readonly buffer: number;
  private readonly content = new Uint8Array(BYTES);
  private calm = Infinity;
  private round = 0;

  constructor(storvsc: TestStorvsc) {
    this.storvsc = storvsc;
    storvsc.initialise();
    [this.buffer] = storvsc.guest.pages(1);
    const next = random(BYTES);
    for (let i = 0; i < BYTES; i++) this.content[i] = next(256);
    this.exchange('write');
    this.calm = this.exchange('read');
  }

  /** Reads back what was written, and compares. Throws a {@link Finding} that names `who`. */
  check(who: string): void {
    let cycles: number;
    try {
      cycles = this.exchange('read');
    } catch (cause) {
      if (cause instanceof Finding) throw cause;
      throw new Finding('harm', `${who} has no disk any more`, { cause });
    }
    hold(cycles <= this.calm * SLACK, 'harm', `${who} waits ${cycles} cycles instead of ${this.calm}`);
    const { u8 } = this.storvsc.guest.memory;
    for (let i = 0; i < BYTES; i++)
      hold(u8[this.buffer + i] === this.content[i], 'harm', `${who} reads other bytes than it wrote`);
  }

  /** Cycles of one request. */
  private exchange(operation: 'read' | 'write'): number {
    const { guest } = this.storvsc;
    const { engine } = guest.hypervisor;
    const { u8 } = guest.memory;
    const from = this.buffer;
    u8.set(this.content, from);
    if (operation === 'read') u8.fill(this.round++, from, from + BYTES);
    const [vp] = guest.partition.vps;
    // The processor may be ahead of the clock by what it has just executed.
    engine.run(Math.max(engine.now, vp.now));
    const start = engine.now;
    this.storvsc.queue(
      blockCdb(operation, 0, SECTORS),
      [{ byteCount: BYTES, byteOffset: 0, pfns: [from / 4096] }],
      {
        dataIn: operation === 'read' ? 1 : 0,
      },
    );
    this.storvsc.channel.signal();
    const { incoming } = this.storvsc.channel;
    for (let left = 20_000; incoming.availableBytes() === 0 && left > 0; left--) engine.step();
    const end = engine.now;
    const [done] = this.storvsc.completions();
    hold(done?.srbStatus === SRB_STATUS.SUCCESS, 'harm', 'a request of a bystander failed');
    return end - start;
  }
}
