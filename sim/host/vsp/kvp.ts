/**
 * Data exchange (KVP): the host gets, sets, deletes and enumerates keys that a daemon of the guest keeps in pools. One question at a time;
 * the rest waits here.
 *
 * It also asks for the settings of a network adapter and gives it others, in the form of texts: version 5 has a form in numbers that no
 * guest here speaks.
 *
 * Sources: OpenVMM `vm/devices/hyperv_ic/src/kvp.rs`; Linux `include/uapi/linux/hyperv.h` for limits, `drivers/hv/hv_kvp.c` for what a
 * guest answers. Assumed: the host’s own patience, a little more than the thirty seconds after which a Linux guest gives up on its daemon.
 */
import type { Partition } from '../../machine/partition.ts';
import { IC_STATUS, ICMSGTYPE, icVersionCode, KVP_MAX, KVP_OP, KVP_TYPE } from '../../wire/ic-codes.ts';
import { hvKvpExchgMsgValue, hvKvpHdr, hvKvpIpMsg, hvKvpMsgEnumerate } from '../../wire/kvp-messages.ts';
import type { NetworkSettings } from '../../wire/kvp-network.ts';
import { readNetwork, writeAdapter, writeNetwork } from '../../wire/kvp-network.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { type IcAnswer, IcService } from './ic-framework.ts';

/** Seconds that the host waits for an answer. */
export const KVP_PATIENCE = 35;
/** Most entries of one enumeration: a guest that never says "no more" is stopped here (assumed). */
export const KVP_MOST_ENTRIES = 1024;

/** A value with its type. Linux guests keep text only. */
export type KvpValue =
  | { readonly type: 'text' | 'expand-text'; readonly text: string }
  | { readonly type: 'u32' | 'u64'; readonly number: bigint };

/** One question. */
export interface KvpRequest {
  readonly operation: 'get' | 'set' | 'delete' | 'enumerate';
  readonly pool: number;
  readonly key?: string;
  readonly value?: KvpValue;
  /** For enumerate: which entry. */
  readonly index?: number;
}

/**
 * `failed`: the guest’s status says why; `too-long`: key or value exceed the protocol’s limits and nothing was sent; `malformed`: the
 * answer names lengths beyond them.
 */
export type KvpResult =
  | { readonly kind: 'done'; readonly key: string; readonly value: KvpValue }
  | { readonly kind: 'failed'; readonly status: number }
  | { readonly kind: 'no-more' | 'time-out' | 'gone' | 'too-long' | 'malformed' };

/** Entries of a pool; `endless` when the guest named more than {@link KVP_MOST_ENTRIES}. */
export interface KvpEntries {
  readonly end: KvpResult['kind'] | 'endless';
  readonly entries: readonly { readonly key: string; readonly value: KvpValue }[];
}

/** Settings of an adapter, or why there are none. `no-text-form`: the guest speaks version 5, which has another form. */
export type NetworkResult =
  | { readonly kind: 'done'; readonly settings: NetworkSettings }
  | { readonly kind: 'failed'; readonly status: number }
  | { readonly kind: 'time-out' | 'gone' | 'too-long' | 'malformed' | 'no-text-form' };

interface Waiting {
  readonly body: Uint8Array;
  readonly done: (answer: IcAnswer) => void;
}

const NO_VALUE: KvpValue = { type: 'text', text: '' };
const FIRST = { data: hvKvpHdr.size, entry: hvKvpHdr.size + hvKvpMsgEnumerate.offsets.data } as const;
/** Header and the longest of the common bodies: a host sends no more unless it asks for network settings. */
const MESSAGE_BYTES = FIRST.entry + hvKvpExchgMsgValue.size;
const AT = hvKvpExchgMsgValue.offsets;

const NO_NETWORK: NetworkSettings = {
  family: 0,
  dhcp: false,
  addresses: [],
  subnets: [],
  gateways: [],
  dns: [],
};

/** The data exchange at the host’s end. */
export class KvpService extends IcService {
  private readonly queue: Waiting[] = [];
  private readonly seconds: number;

  constructor(partition: Partition, options: { readonly patience?: number } = {}) {
    super(partition, {
      name: 'data exchange',
      interfaceId: DEVICE_CLASS.KVP.guid,
      instanceId: '242ff919-07db-4180-9c2e-b86cb68c8c55',
      type: ICMSGTYPE.KVPEXCHANGE,
      versions: [icVersionCode(3, 0), icVersionCode(4, 0), icVersionCode(5, 0)],
    });
    this.seconds = options.patience ?? KVP_PATIENCE;
  }

  /** Asks now, or when the questions before are answered, or when the guest is ready. `done` is called once. */
  exchange(request: KvpRequest, done: (result: KvpResult) => void): void {
    const body = encode(request);
    if (!body) done({ kind: 'too-long' });
    else
      this.put(body, (answer) =>
        done(answer.kind === 'answer' ? read(body[0], answer.status, answer.body) : answer),
      );
  }

  /** Asks for the settings of the adapter with that hardware address, of one family of addresses. */
  network(mac: string, family: number, done: (result: NetworkResult) => void): void {
    const body = new Uint8Array(hvKvpIpMsg.size);
    body[0] = KVP_OP.GET_IP_INFO;
    const fits = writeNetwork(body, { ...NO_NETWORK, family }) && writeAdapter(body, mac);
    this.askNetwork(body, fits, (reply) => readNetwork(reply), done);
  }

  /** Gives the adapter of that VMBus device other settings. */
  setNetwork(device: string, settings: NetworkSettings, done: (result: NetworkResult) => void): void {
    const body = new Uint8Array(hvKvpIpMsg.size);
    body[0] = KVP_OP.SET_IP_INFO;
    const fits = writeNetwork(body, settings) && writeAdapter(body, device);
    this.askNetwork(body, fits, () => settings, done);
  }

  private askNetwork(
    body: Uint8Array,
    fits: boolean,
    settingsOf: (reply: Uint8Array) => NetworkSettings | undefined,
    done: (result: NetworkResult) => void,
  ): void {
    if (!fits) done({ kind: 'too-long' });
    else if (this.version === icVersionCode(5, 0)) done({ kind: 'no-text-form' });
    else
      this.put(body, (answer) => {
        if (answer.kind !== 'answer') done(answer);
        else if (answer.status !== IC_STATUS.S_OK) done({ kind: 'failed', status: answer.status });
        else {
          const settings = settingsOf(answer.body);
          done(settings ? { kind: 'done', settings } : { kind: 'malformed' });
        }
      });
  }

  private put(body: Uint8Array, done: (answer: IcAnswer) => void): void {
    this.queue.push({ body, done });
    this.next();
  }

  /** Reads a pool from its first entry until the guest says that there are no more. */
  enumerate(pool: number, done: (entries: KvpEntries) => void): void {
    const entries: { key: string; value: KvpValue }[] = [];
    const step = (): void =>
      this.exchange({ operation: 'enumerate', pool, index: entries.length }, (result) => {
        if (result.kind !== 'done') {
          done({ end: result.kind, entries });
          return;
        }
        entries.push({ key: result.key, value: result.value });
        if (entries.length >= KVP_MOST_ENTRIES) done({ end: 'endless', entries });
        else step();
      });
    step();
  }

  protected override ready(): void {
    this.next();
  }

  protected override left(): void {
    for (const { done } of this.queue.splice(0)) done({ kind: 'gone' });
  }

  private next(): void {
    const [first] = this.queue;
    if (!first) return;
    if (this.state === 'failed') this.left();
    else if (this.ask(first.body, this.seconds, (answer) => this.answered(first, answer))) this.queue.shift();
  }

  private answered({ done }: Waiting, answer: IcAnswer): void {
    done(answer);
    this.next();
  }
}

function encode(request: KvpRequest): Uint8Array | undefined {
  const operation = { get: KVP_OP.GET, set: KVP_OP.SET, delete: KVP_OP.DELETE, enumerate: KVP_OP.ENUMERATE }[
    request.operation
  ];
  const body = new Uint8Array(MESSAGE_BYTES);
  body[0] = operation;
  body[1] = request.pool;
  const view = new DataView(body.buffer);
  if (operation === KVP_OP.ENUMERATE) {
    view.setUint32(FIRST.data, request.index ?? 0, true);
    return body;
  }
  const key = utf16(request.key ?? '');
  const value = bytesOf(request.value ?? NO_VALUE);
  if (key.length > KVP_MAX.KEY || value.length > KVP_MAX.VALUE) return undefined;
  if (operation === KVP_OP.DELETE) {
    view.setUint32(FIRST.data, key.length, true);
    body.set(key, FIRST.data + 4);
    return body;
  }
  view.setUint32(FIRST.data + AT.key_size, key.length, true);
  body.set(key, FIRST.data + AT.key);
  if (operation === KVP_OP.SET) {
    view.setUint32(FIRST.data + AT.value_type, typeOf(request.value ?? NO_VALUE), true);
    view.setUint32(FIRST.data + AT.value_size, value.length, true);
    body.set(value, FIRST.data + AT.value);
  }
  return body;
}

function read(operation: number, status: number, body: Uint8Array): KvpResult {
  if (status === IC_STATUS.S_CONT && operation === KVP_OP.ENUMERATE) return { kind: 'no-more' };
  if (status !== IC_STATUS.S_OK) return { kind: 'failed', status };
  if (operation === KVP_OP.SET || operation === KVP_OP.DELETE)
    return { kind: 'done', key: '', value: NO_VALUE };
  const at = operation === KVP_OP.ENUMERATE ? FIRST.entry : FIRST.data;
  if (body.length < at + hvKvpExchgMsgValue.size) return { kind: 'malformed' };
  return readValue(body.subarray(at, at + hvKvpExchgMsgValue.size)) ?? { kind: 'malformed' };
}

/** Key and value; `undefined` when a length is beyond the limits or the type unknown. */
function readValue(data: Uint8Array): KvpResult | undefined {
  const view = new DataView(data.buffer, data.byteOffset);
  const keySize = view.getUint32(AT.key_size, true);
  const valueSize = view.getUint32(AT.value_size, true);
  if (keySize > KVP_MAX.KEY || valueSize > KVP_MAX.VALUE) return undefined;
  const key = text(data.subarray(AT.key, AT.key + keySize));
  switch (view.getUint32(AT.value_type, true)) {
    case KVP_TYPE.SZ:
      return {
        kind: 'done',
        key,
        value: { type: 'text', text: text(data.subarray(AT.value, AT.value + valueSize)) },
      };
    case KVP_TYPE.EXPAND_SZ:
      return {
        kind: 'done',
        key,
        value: { type: 'expand-text', text: text(data.subarray(AT.value, AT.value + valueSize)) },
      };
    case KVP_TYPE.U32:
      return { kind: 'done', key, value: { type: 'u32', number: BigInt(view.getUint32(AT.value, true)) } };
    case KVP_TYPE.U64:
      return { kind: 'done', key, value: { type: 'u64', number: view.getBigUint64(AT.value, true) } };
    default:
      return undefined;
  }
}

function typeOf({ type }: KvpValue): number {
  return { text: KVP_TYPE.SZ, 'expand-text': KVP_TYPE.EXPAND_SZ, u32: KVP_TYPE.U32, u64: KVP_TYPE.U64 }[type];
}

function bytesOf(value: KvpValue): Uint8Array {
  if ('text' in value) return utf16(value.text);
  const bytes = new Uint8Array(value.type === 'u32' ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (value.type === 'u32') view.setUint32(0, Number(BigInt.asUintN(32, value.number)), true);
  else view.setBigUint64(0, BigInt.asUintN(64, value.number), true);
  return bytes;
}

/** UTF-16 with the terminating zero. */
function utf16(value: string): Uint8Array {
  const bytes = new Uint8Array(2 * value.length + 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < value.length; i++) view.setUint16(2 * i, value.charCodeAt(i), true);
  return bytes;
}

/** UTF-16 up to the first zero. */
function text(bytes: Uint8Array): string {
  let result = '';
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const code = bytes[i] | (bytes[i + 1] << 8);
    if (code === 0) break;
    result += String.fromCharCode(code);
  }
  return result;
}
