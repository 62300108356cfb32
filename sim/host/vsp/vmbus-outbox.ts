/**
 * Messages from the host that wait until the guest has freed its message slot.
 *
 * A virtual processor has one slot per SINT and the hypervisor a few buffers behind it; a guest that does not read its messages
 * would fill any queue, so this one is bounded: while it is full the server takes no further message from the guest, which sees
 * HV_STATUS_INSUFFICIENT_BUFFERS and tries again later, as every guest does.
 */

/** Posts to a virtual processor's SINT; `false` when the hypervisor has no buffer left. */
export type PostMessage = (vp: number, sint: number, payload: Uint8Array) => boolean;

/** All offers of a full house fit: 2047 channels and some answers. */
const OUTBOX_LIMIT = 2304;

/** A message that waits. */
export type Waiting = {
  readonly vp: number;
  readonly sint: number;
  readonly payload: Uint8Array;
};

export class Outbox {
  private readonly post: PostMessage;
  private readonly limit: number;
  private waiting: Waiting[] = [];

  constructor(post: PostMessage, limit = OUTBOX_LIMIT) {
    this.post = post;
    this.limit = limit;
  }

  /** Messages that the hypervisor has not taken yet. */
  get pending(): number {
    return this.waiting.length;
  }

  /** True when the server must not cause further answers. */
  get full(): boolean {
    return this.waiting.length >= this.limit;
  }

  /** Sends, after everything that already waits. */
  send(vp: number, sint: number, payload: Uint8Array): void {
    if (this.waiting.length === 0 && this.post(vp, sint, payload)) return;
    this.waiting.push({ vp, sint, payload });
  }

  /** Tries again, in order. Call when the guest has taken a message. Returns how many were taken. */
  flush(): number {
    let sent = 0;
    for (const { vp, sint, payload } of this.waiting) {
      if (!this.post(vp, sint, payload)) break;
      sent++;
    }
    if (sent > 0) this.waiting = this.waiting.slice(sent);
    return sent;
  }

  /** What waits, for saving; and what shall wait after a restore. */
  save(): Waiting[] {
    return [...this.waiting];
  }

  load(waiting: readonly Waiting[]): void {
    this.waiting = [...waiting];
  }

  /** Drops what waits: the virtual machine was reset. */
  clear(): void {
    this.waiting = [];
  }
}
