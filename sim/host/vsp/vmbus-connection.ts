/**
 * One connection between a guest and the VMBus server: what INITIATE_CONTACT agreed on, and the interrupt page of old versions.
 *
 * The interrupt page is one page of the guest: its first half holds the bits that the host sets, its second half those that the
 * guest sets, one bit per channel id. Source: Linux 6.1 `drivers/hv/connection.c` (`int_page`, `send_int_page`, `recv_int_page`).
 */
import { type GuestMemory, PAGE_SIZE } from '../../machine/memory.ts';
import { VMBUS_MESSAGE_SINT, VMBUS_VERSION } from '../../wire/vmbus.ts';
import { GpadlTable, type SavedGpadl } from './gpadl.ts';
import type { ContactMessage } from './vmbus-guest-messages.ts';
import { NEWEST_VERSION, type VersionRules, versionRules } from './vmbus-versions.ts';

/** Bytes of one half of the interrupt page that hold bits of possible channels. */
const CHANNEL_BITS_BYTES = 256;

/** The pages through which monitored notifications go; both or none. */
export interface MonitorPages {
  readonly hostToGuest: number;
  readonly guestToHost: number;
}

/** What came of a request to connect. */
export type ContactAnswer =
  | { readonly kind: 'connected'; readonly connection: Connection }
  /** The version is not spoken here; the guest tries another one. */
  | { readonly kind: 'unsupported' }
  /** The version is spoken, but its parameters are not usable. */
  | { readonly kind: 'failed'; readonly rules: VersionRules };

/** A connection as it is saved: what the guest said to begin it, and its page lists. */
export type SavedConnection = Pick<
  ContactMessage,
  'version' | 'targetVp' | 'interruptPage' | 'monitorPage1' | 'monitorPage2'
> & { readonly offersSent: boolean; readonly gpadls: readonly SavedGpadl[] };

/** The connection that was saved. `undefined`: this host does not speak its version. */
export function loadConnection(
  memory: GuestMemory,
  saved: SavedConnection,
  newest: number,
): Connection | undefined {
  const rules = versionRules(saved.version, newest);
  if (!rules) return undefined;
  const contact = { ...saved, kind: 'initiate-contact', type: 0, sint: 0, vtl: 0 } as const;
  const connection = new Connection(memory, rules, contact, new GpadlTable(memory));
  connection.offersSent = saved.offersSent;
  connection.gpadls.load(saved.gpadls);
  return connection;
}

export class Connection {
  readonly rules: VersionRules;
  /** Virtual processor that gets the messages. */
  readonly messageVp: number;
  readonly monitorPages: MonitorPages | undefined;
  readonly gpadls: GpadlTable;
  /** REQUESTOFFERS has come; it may come once. */
  offersSent = false;
  private readonly memory: GuestMemory;
  /** GPA of the interrupt page, 0 when there is none. */
  private readonly interruptPage: number;

  constructor(memory: GuestMemory, rules: VersionRules, contact: ContactMessage, gpadls: GpadlTable) {
    this.memory = memory;
    this.rules = rules;
    this.gpadls = gpadls;
    this.messageVp = rules.choosesMessageVp ? contact.targetVp : 0;
    this.monitorPages = monitorPagesOf(contact);
    this.interruptPage = rules.hostInterrupts === 'interrupt-page' ? contact.interruptPage : 0;
  }

  /** What is saved of it; the page lists apart. */
  save(): SavedConnection {
    const { rules, messageVp, monitorPages, interruptPage, offersSent, gpadls } = this;
    return {
      version: rules.code,
      targetVp: messageVp,
      interruptPage,
      monitorPage1: monitorPages?.hostToGuest ?? 0,
      monitorPage2: monitorPages?.guestToHost ?? 0,
      offersSent,
      gpadls: gpadls.save(),
    };
  }

  /** Sets a channel's bit in the half of the interrupt page that the guest reads. */
  setInterruptBit(relid: number): void {
    if (this.interruptPage === 0) return;
    this.memory.u8[this.interruptPage + (relid >>> 3)] |= 1 << (relid & 7);
  }

  /** Clears the bits that the guest has set and returns their channel ids. */
  takeSignalBits(): number[] {
    const relids: number[] = [];
    if (this.interruptPage === 0) return relids;
    const { u8 } = this.memory;
    const from = this.interruptPage + PAGE_SIZE / 2;
    for (let byte = 0; byte < CHANNEL_BITS_BYTES; byte++) {
      const bits = u8[from + byte];
      if (bits === 0) continue;
      u8[from + byte] = 0;
      for (let bit = 0; bit < 8; bit++) if ((bits >>> bit) & 1) relids.push(byte * 8 + bit);
    }
    return relids;
  }
}

/** Judges INITIATE_CONTACT. Nothing of an earlier connection matters here: it has ended before. */
export function judgeContact(
  memory: GuestMemory,
  vps: number,
  contact: ContactMessage,
  newest: number = NEWEST_VERSION,
): ContactAnswer {
  const rules = versionRules(contact.version, newest);
  if (!rules) return { kind: 'unsupported' };
  // From 5.0 the guest chooses a SINT, from 5.1 a trust level; this host serves SINT 2 of level 0.
  if (rules.ownMessageConnection && contact.sint !== VMBUS_MESSAGE_SINT) return { kind: 'unsupported' };
  if (rules.code >= VMBUS_VERSION.WIN10_V5_1 && contact.vtl !== 0) return { kind: 'unsupported' };
  if (!usable(memory, vps, rules, contact)) return { kind: 'failed', rules };
  return { kind: 'connected', connection: new Connection(memory, rules, contact, new GpadlTable(memory)) };
}

function usable(memory: GuestMemory, vps: number, rules: VersionRules, contact: ContactMessage): boolean {
  const isPage = (gpa: number): boolean =>
    gpa === 0 || (gpa % PAGE_SIZE === 0 && memory.valid(gpa, PAGE_SIZE));
  if ((contact.monitorPage1 === 0) !== (contact.monitorPage2 === 0)) return false;
  if (!isPage(contact.monitorPage1) || !isPage(contact.monitorPage2)) return false;
  if (rules.hostInterrupts === 'interrupt-page' && !isPage(contact.interruptPage)) return false;
  return !rules.choosesMessageVp || contact.targetVp < vps;
}

function monitorPagesOf({ monitorPage1, monitorPage2 }: ContactMessage): MonitorPages | undefined {
  return monitorPage1 === 0 ? undefined : { hostToGuest: monitorPage1, guestToHost: monitorPage2 };
}
