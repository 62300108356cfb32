/**
 * Windows' way: a filter on the stack of the emulated disk, there from the start. It lets everything through until the accelerator of its
 * disk has come up; then it lets the drive finish what it has, holds what comes meanwhile, and from there on sends all to the channel.
 * When the channel is taken away it goes back.
 *
 * The disk that file systems see is the same object all the time: name, letters and settings stay. The driver is the service storflt
 * (vmstorfl.sys); its inside was never published. What is here follows from what it must do: an IDE channel has one command at a time, so
 * it drains at most one.
 */
import type { Program } from '../../core/program.ts';
import type { BootSite } from './boot-site.ts';
import type { AtaLower, DiskStack, StorvscLower } from './disk-stack.ts';

/** Where the filter is. */
export type FilterState = 'pass' | 'draining' | 'diverted';

/** Waits for something, doing what a kernel does meanwhile. */
export type Until = (done: () => boolean) => Program;

/** How many times it did what, and what it found at the last hand-over. */
export class FilterCounts {
  handOvers = 0;
  fallBacks = 0;
  /** Requests that the drive had when the filter began to drain. */
  drained = 0;
  /** Most requests that were held meanwhile. */
  held = 0;
  /** Requests that the drive still had when the channel took over: 0, unless the filter does not drain. */
  inFlight = 0;
  /** Cycles during which nothing was sent to either. */
  pause = 0;
}

export class Storflt {
  state: FilterState = 'pass';
  readonly counts = new FilterCounts();
  private readonly site: BootSite;
  private readonly stack: DiskStack;
  private readonly ata: AtaLower;
  private readonly until: Until;
  private readonly drains: boolean;

  /** `drains`: false switches at once, whatever the drive is doing. No system does. */
  constructor(site: BootSite, stack: DiskStack, ata: AtaLower, until: Until, drains = true) {
    this.site = site;
    this.stack = stack;
    this.ata = ata;
    this.until = until;
    this.drains = drains;
  }

  /** The channel is up: the disk goes over to it. False when the channel was gone again before that. */
  *divert(accelerated: StorvscLower): Program<boolean> {
    const { stack, counts, site } = this;
    const { cpu } = site;
    this.state = 'draining';
    const since = cpu.now;
    counts.drained = stack.below;
    stack.holding = true;
    if (this.drains) yield* this.until(() => stack.below === 0);
    counts.held = Math.max(counts.held, stack.queued);
    counts.pause = cpu.now - since;
    const lost = accelerated.lost;
    if (!lost) {
      counts.inFlight = stack.below;
      counts.handOvers++;
      site.release('ata', stack.below);
      site.claim('storvsc');
      stack.lower = accelerated;
    }
    this.state = lost ? 'pass' : 'diverted';
    stack.holding = false;
    yield* stack.dispatch();
    return !lost;
  }

  /** The host took the channel away: what was in it has been put back into the queue, and the emulated disk takes it all. */
  *fallBack(): Program {
    const { stack, site } = this;
    this.counts.fallBacks++;
    this.state = 'pass';
    site.release('storvsc', stack.below);
    site.claim('ata');
    stack.lower = this.ata;
    yield* stack.dispatch();
  }
}
