/**
 * Loads the emulator into this worker. It is a module of its own, fetched when a guest is started, and it takes two things from its surroundings:
 * the clock, when it is loaded, and a worker that calls it back, when it is made. It gets the guest's clock, and a small stand-in that needs no
 * second thread and no address of its own making, so that a page with a strict policy can have it.
 */

/** What is used of the emulator's class. */
export interface Emulator {
  add_listener(event: string, take: (value: never) => void): void;
  run(): void;
  stop(): Promise<void>;
  serial0_send(text: string): void;
  keyboard_send_text(text: string): void;
}

export type EmulatorClass = new (options: object) => Emulator;

/** What waits no time would be delayed by a timer. */
const AT_ONCE_MS = 1;

/** Calls back after a time, as the emulator's own worker does. `hurry` makes everything come at once. */
export class Ticker {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  /** Set while the guest shall come to rest without waiting for what it waits for. */
  static hurry = false;
  private readonly channel = new MessageChannel();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.channel.port1.onmessage = ({ data }) => this.onmessage?.({ data });
  }

  postMessage({ t, tick }: { t: number; tick: number }): void {
    clearTimeout(this.timer);
    if (t < AT_ONCE_MS || Ticker.hurry) this.channel.port2.postMessage(tick);
    else this.timer = setTimeout(() => this.onmessage?.({ data: tick }), t);
  }

  terminate(): void {
    clearTimeout(this.timer);
    this.channel.port1.close();
  }
}

/** The class of the emulator. Its clock is `now`, in milliseconds. */
export async function loadEmulator(address: string, now: () => number): Promise<EmulatorClass> {
  (globalThis as { Worker?: unknown }).Worker = Ticker;
  Object.defineProperty(performance, 'now', { configurable: true, writable: true, value: now });
  try {
    const { V86 } = await import(/* webpackIgnore: true */ address);
    return V86 as EmulatorClass;
  } finally {
    Reflect.deleteProperty(performance, 'now');
  }
}
