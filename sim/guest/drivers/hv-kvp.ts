/**
 * hv_kvp and hv_kvp_daemon: keys and values in four pools, kept by a daemon, as text whatever the host sent; and the settings of the
 * guest’s network adapters.
 *
 * After Linux 6.1 `drivers/hv/hv_kvp.c`, `tools/hv/hv_kvp_daemon.c`. Without a daemon requests stay unanswered, and the negotiation waits
 * for one up to 55 seconds.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { IC_STATUS, icVersionCode, KVP_MAX, KVP_OP, KVP_POOL, KVP_TYPE } from '../../wire/ic-codes.ts';
import { hvKvpExchgMsgValue, hvKvpHdr, hvKvpMsgEnumerate } from '../../wire/kvp-messages.ts';
import type { DelayedWork } from './delayed-work.ts';
import { GuestNetwork } from './guest-network.ts';
import type { UtilMessage } from './hv-util.ts';
import type { DaemonConduct, DaemonReply } from './hv-util-daemon.ts';
import { UserDaemon, UTIL_TIMEOUTS, UtilRelay } from './hv-util-daemon.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** `kvp_versions`. */
const VERSIONS = [icVersionCode(4, 0), icVersionCode(3, 0), icVersionCode(1, 0)];
const DATA = hvKvpHdr.size;
const ENTRY = DATA + hvKvpMsgEnumerate.offsets.data;
const AT = hvKvpExchgMsgValue.offsets;

/** What a Linux guest says of itself, by the names that hosts ask for (`tools/hv/hv_kvp_daemon.c`, kvp_get_…). The values are made up. */
export const LINUX_KVP: Readonly<Record<string, string>> = {
  FullyQualifiedDomainName: 'guest.example',
  IntegrationServicesVersion: '3.1',
  NetworkAddressIPv4: '192.0.2.7',
  NetworkAddressIPv6: '2001:db8::7',
  OSBuildNumber: '6.1.0-41-amd64',
  OSName: 'Debian GNU/Linux',
  OSMajorVersion: '12',
  OSMinorVersion: '6.1',
  OSVersion: '6.1.0-41-amd64',
  ProcessorArchitecture: 'x86_64',
};

/** The pools, and what the daemon does with a request. */
export class KvpPools {
  private readonly pools: ReadonlyMap<number, Map<string, string>> = new Map(
    Object.values(KVP_POOL).map((pool) => [pool, new Map<string, string>()]),
  );

  constructor(own: Readonly<Record<string, string>> = LINUX_KVP) {
    for (const [key, value] of Object.entries(own)) this.pools.get(KVP_POOL.AUTO)?.set(key, value);
  }

  /** The value of a key. */
  value(pool: number, key: string): string | undefined {
    return this.pools.get(pool)?.get(key);
  }

  /** Answers one request; a pool that is not there, a key that is not there and a length beyond the limits are failures. */
  act(request: Uint8Array): DaemonReply {
    const body = request.slice();
    const view = new DataView(body.buffer);
    const pool = this.pools.get(body[1]);
    if (!pool || body.length < ENTRY + hvKvpExchgMsgValue.size) return FAILED;
    switch (body[0]) {
      case KVP_OP.SET:
        return this.set(pool, body, view);
      case KVP_OP.GET:
        return get(pool, body, view);
      case KVP_OP.DELETE:
        return pool.delete(readKey(body, DATA + 4, view.getUint32(DATA, true)) ?? '') ? DONE : FAILED;
      case KVP_OP.ENUMERATE:
        return enumerate(pool, body, view);
      default:
        return FAILED;
    }
  }

  private set(pool: Map<string, string>, body: Uint8Array, view: DataView): DaemonReply {
    const key = readKey(body, DATA + AT.key, view.getUint32(DATA + AT.key_size, true));
    const size = view.getUint32(DATA + AT.value_size, true);
    if (key === undefined || size > KVP_MAX.VALUE) return FAILED;
    pool.set(key, readValue(body, view, size));
    return DONE;
  }
}

const FAILED: DaemonReply = { status: IC_STATUS.E_FAIL };
const DONE: DaemonReply = { status: IC_STATUS.S_OK };

function get(pool: Map<string, string>, body: Uint8Array, view: DataView): DaemonReply {
  const key = readKey(body, DATA + AT.key, view.getUint32(DATA + AT.key_size, true));
  const value = key === undefined ? undefined : pool.get(key);
  if (value === undefined) return FAILED;
  writeValue(body, view, DATA, value);
  return { status: IC_STATUS.S_OK, body };
}

function enumerate(pool: Map<string, string>, body: Uint8Array, view: DataView): DaemonReply {
  const entry = [...pool][view.getUint32(DATA, true)];
  if (!entry) return { status: IC_STATUS.S_CONT };
  const [key, value] = entry;
  view.setUint32(ENTRY + AT.key_size, 2 * key.length + 2, true);
  writeText(view, ENTRY + AT.key, key);
  writeValue(body, view, ENTRY, value);
  return { status: IC_STATUS.S_OK, body };
}

function readKey(body: Uint8Array, at: number, size: number): string | undefined {
  return size > KVP_MAX.KEY ? undefined : readText(body, at, size);
}

/** Numbers become text: a Linux guest keeps no types. */
function readValue(body: Uint8Array, view: DataView, size: number): string {
  const at = DATA + AT.value;
  const type = view.getUint32(DATA + AT.value_type, true);
  if (type === KVP_TYPE.U32) return String(view.getUint32(at, true));
  if (type === KVP_TYPE.U64) return String(view.getBigUint64(at, true));
  return readText(body, at, size);
}

function writeValue(body: Uint8Array, view: DataView, at: number, value: string): void {
  view.setUint32(at + AT.value_type, KVP_TYPE.SZ, true);
  view.setUint32(at + AT.value_size, 2 * value.length + 2, true);
  body.fill(0, at + AT.value, at + AT.value + KVP_MAX.VALUE);
  writeText(view, at + AT.value, value);
}

function readText(bytes: Uint8Array, at: number, size: number): string {
  let result = '';
  for (let i = at; i + 1 < at + size; i += 2) {
    const code = bytes[i] | (bytes[i + 1] << 8);
    if (code === 0) break;
    result += String.fromCharCode(code);
  }
  return result;
}

function writeText(view: DataView, at: number, value: string): void {
  for (let i = 0; i < value.length; i++) view.setUint16(at + 2 * i, value.charCodeAt(i), true);
  view.setUint16(at + 2 * value.length, 0, true);
}

const ABOUT_NETWORK: ReadonlySet<number> = new Set([KVP_OP.GET_IP_INFO, KVP_OP.SET_IP_INFO]);

/** hv_kvp: passes requests on to the daemon that keeps the pools. */
export class UtilKvp extends UtilRelay {
  readonly pools: KvpPools;
  readonly network: GuestNetwork;
  private negotiation: UtilMessage | undefined;

  constructor(vmbus: Vmbus, channel: VmbusChannel, delayed: DelayedWork, conduct: DaemonConduct) {
    const pools = new KvpPools();
    const network = new GuestNetwork();
    const act = (request: Uint8Array): DaemonReply =>
      ABOUT_NETWORK.has(request[0]) ? network.act(request) : pools.act(request);
    super(vmbus, channel, VERSIONS, new UserDaemon(conduct, act), delayed);
    this.pools = pools;
    this.network = network;
  }

  protected override patience(): number {
    return UTIL_TIMEOUTS.request;
  }

  /** Stays unread until a daemon comes. */
  // biome-ignore lint/correctness/useYield: a program like its siblings, which do answer.
  protected override *withoutDaemon(): Program<boolean> {
    return false;
  }

  protected override *negotiated(cpu: Cpu, message: UtilMessage): Program {
    if (this.daemon.state !== 'gone') return yield* this.negotiate(cpu, message);
    this.negotiation = message;
    yield* this.delayed.after(UTIL_TIMEOUTS.negotiation, (running) => this.finishNegotiation(running));
  }

  override *registered(cpu: Cpu): Program {
    yield* this.finishNegotiation(cpu);
    yield* super.registered(cpu);
  }

  private *finishNegotiation(cpu: Cpu): Program {
    const message = this.negotiation;
    this.negotiation = undefined;
    if (message) yield* this.negotiate(cpu, message);
  }
}
