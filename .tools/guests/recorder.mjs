// Writes down what a guest and our host say to each other, in the form that a replay takes.

/** Reads of one register that are kept: a guest may ask for the time tens of thousands of times. */
const KEPT_READS = 8;

export class Recorder {
  events = [];
  #reads = new Map();

  /** Listens to a host from now on: before its guest runs. */
  attach(ringside, site) {
    ringside.observe(site, (seen) => {
      if (seen.k === 'rdmsr' && !this.#keeps(seen.msr)) return;
      const event = ringside.recordedEvent(seen, site.partition.referenceTime());
      if (event) this.events.push(event);
    });
  }

  #keeps(msr) {
    const n = (this.#reads.get(msr) ?? 0) + 1;
    this.#reads.set(msr, n);
    return n <= KEPT_READS;
  }

  /** The recording as text, one event a line. */
  json(guest) {
    const lines = this.events.map((event) => JSON.stringify(event));
    return `{"meta":${JSON.stringify({ guest })},"events":[\n${lines.join(',\n')}\n]}\n`;
  }
}
