/**
 * A virtual switch: learns which port an Ethernet address is behind, and sends a frame there; to all others when it does not know.
 *
 * Frames are delivered as work of the root, in the order in which they came. Left out: VLANs, bandwidth, what a frame costs the root.
 */
import type { RootPartition } from '../../machine/root.ts';

/** Bytes of an Ethernet header, and the fewest and most of a frame without its check sum. */
export const ETHERNET = { HEADER: 14, LEAST: 60 } as const;
/** Most addresses that a switch remembers (assumed): the oldest is forgotten. */
const MOST_ADDRESSES = 1024;
/** Most frames that wait for delivery; more are lost, as on a wire (assumed). */
const MOST_WAITING = 4096;

/** What is plugged in: takes frames. */
export interface SwitchClient {
  receive(frame: Uint8Array): void;
}

/** A socket of the switch. */
export interface SwitchPort {
  /** Puts a frame on the switch; one too short for its header is dropped. */
  send(frame: Uint8Array): void;
  unplug(): void;
}

/** What a switch did. */
export interface SwitchCounts {
  /** Frames put on it, sent to one port, sent to all others, and lost. */
  frames: number;
  forwarded: number;
  flooded: number;
  dropped: number;
}

interface Port {
  readonly client: SwitchClient;
}

/** The switch. */
export class VirtualSwitch {
  readonly counts: SwitchCounts = { frames: 0, forwarded: 0, flooded: 0, dropped: 0 };
  private readonly ports = new Set<Port>();
  private readonly addresses = new Map<string, Port>();
  private readonly waiting: { readonly from: Port; readonly frame: Uint8Array }[] = [];
  private readonly root: RootPartition;
  private readonly work: number;

  constructor(root: RootPartition) {
    this.root = root;
    this.work = root.work('switch', () => this.deliver());
  }

  /** Plugs something in. */
  plug(client: SwitchClient): SwitchPort {
    const port: Port = { client };
    this.ports.add(port);
    return {
      send: (frame) => this.put(port, frame),
      unplug: () => {
        this.ports.delete(port);
        for (const [address, behind] of this.addresses) if (behind === port) this.addresses.delete(address);
      },
    };
  }

  private put(from: Port, frame: Uint8Array): void {
    this.counts.frames++;
    if (frame.length < ETHERNET.HEADER || !this.ports.has(from) || this.waiting.length >= MOST_WAITING) {
      this.counts.dropped++;
      return;
    }
    this.waiting.push({ from, frame: frame.slice() });
    if (this.waiting.length === 1) this.root.queue(this.work);
  }

  private deliver(): void {
    for (const { from, frame } of this.waiting.splice(0)) {
      this.learn(addressAt(frame, 6), from);
      const group = (frame[0] & 1) === 1;
      const to = group ? undefined : this.addresses.get(addressAt(frame, 0));
      if (to === from) continue;
      if (to) this.counts.forwarded++;
      else this.counts.flooded++;
      for (const port of to ? [to] : this.ports) if (port !== from) port.client.receive(frame);
    }
  }

  private learn(address: string, port: Port): void {
    // A sender with a group address is nobody.
    if ((Number.parseInt(address.slice(0, 2), 16) & 1) === 1) return;
    this.addresses.delete(address);
    this.addresses.set(address, port);
    if (this.addresses.size > MOST_ADDRESSES) {
      const [oldest] = this.addresses.keys();
      this.addresses.delete(oldest);
    }
  }
}

const addressAt = (frame: Uint8Array, at: number): string =>
  Array.from(frame.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join('');
