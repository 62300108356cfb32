/**
 * The storage protocol's handshake, as the host runs it: a state machine over the operations of vstor packets.
 *
 * BEGIN → version → properties → (sub-channels) → END → ready. A refused version leaves the machine where it was, and the guest
 * tries a lower one on the same channel. Anything out of order is answered INVALID_DEVICE_STATE and changes nothing. Sub-channels
 * may be asked for before END_INITIALIZATION (Windows) or after it (Linux), once.
 *
 * Source: OpenVMM `vm/devices/storage/storvsp/src/lib.rs`.
 */
import {
  NT_STATUS,
  SCSI_REQUEST_LEN,
  STORAGE_CHANNEL_SUPPORTS_MULTI_CHANNEL,
  STORVSP_MAX_TRANSFER_BYTES,
  VMSTOR_PROTO_VERSION,
  VSTOR_HEADER_SIZE,
  VSTOR_OPERATION,
} from '../../wire/storvsp.ts';

/** Where the handshake stands. */
export type HandshakeState = 'begin' | 'query-version' | 'query-properties' | 'end-initialization' | 'ready';

/** Versions that a host of this model may speak, oldest first. */
export const STORVSP_VERSIONS: readonly number[] = Object.values(VMSTOR_PROTO_VERSION);

/** What the guest learns from QUERY_PROPERTIES. */
export interface ChannelProperties {
  readonly maxSubChannels: number;
  readonly flags: number;
  readonly maxTransferBytes: number;
}

/** How one packet of the handshake is answered. */
export interface HandshakeAnswer {
  /** NTSTATUS of the completion. */
  readonly status: number;
  /** Present when the completion carries the version back. */
  readonly version?: number;
  readonly properties?: ChannelProperties;
  /** Sub-channels that must be offered now. */
  readonly subChannels?: number;
}

export interface HandshakeOptions {
  /** Newest version to accept, major << 8 | minor. */
  readonly newest: number;
  /** Most sub-channels that a guest may ask for. */
  readonly maxSubChannels: number;
}

const OUT_OF_ORDER: HandshakeAnswer = { status: NT_STATUS.INVALID_DEVICE_STATE };
const DONE: HandshakeAnswer = { status: NT_STATUS.SUCCESS };

/** A handshake as it is saved. */
export type SavedHandshake = {
  readonly state: HandshakeState;
  readonly version: number;
  readonly subChannels: number | undefined;
};

/** The handshake of one primary channel. */
export class StorvspHandshake {
  private readonly options: HandshakeOptions;
  private now: HandshakeState = 'begin';
  private agreed = 0;
  private subChannels: number | undefined;

  constructor(options: HandshakeOptions) {
    this.options = options;
  }

  get state(): HandshakeState {
    return this.now;
  }

  /** The agreed version, 0 before there is one. */
  get version(): number {
    return this.agreed;
  }

  /** Size of the packets that the host starts by itself, bytes. */
  get packetBytes(): number {
    const request = this.agreed >= VMSTOR_PROTO_VERSION.WIN8 ? SCSI_REQUEST_LEN.V2 : SCSI_REQUEST_LEN.V1;
    return VSTOR_HEADER_SIZE + request;
  }

  save(): SavedHandshake {
    return { state: this.now, version: this.agreed, subChannels: this.subChannels };
  }

  load({ state, version, subChannels }: SavedHandshake): void {
    this.now = state;
    this.agreed = version;
    this.subChannels = subChannels;
  }

  /** The channel was closed: the next guest driver starts again. */
  reset(): void {
    this.now = 'begin';
    this.agreed = 0;
    this.subChannels = undefined;
  }

  /**
   * Answers any operation that is not a SCSI request or a reset. `argument` is the u16 behind the packet's header: the version or
   * the number of sub-channels.
   */
  answer(operation: number, argument: number): HandshakeAnswer {
    if (operation === VSTOR_OPERATION.CREATE_SUB_CHANNELS) return this.createSubChannels(argument);
    switch (this.now) {
      case 'begin':
        return operation === VSTOR_OPERATION.BEGIN_INITIALIZATION ? this.go('query-version') : OUT_OF_ORDER;
      case 'query-version':
        return operation === VSTOR_OPERATION.QUERY_PROTOCOL_VERSION
          ? this.queryVersion(argument)
          : OUT_OF_ORDER;
      case 'query-properties':
        return operation === VSTOR_OPERATION.QUERY_PROPERTIES ? this.queryProperties() : OUT_OF_ORDER;
      case 'end-initialization':
        return operation === VSTOR_OPERATION.END_INITIALIZATION ? this.go('ready') : OUT_OF_ORDER;
      case 'ready':
        return OUT_OF_ORDER;
    }
  }

  private go(next: HandshakeState): HandshakeAnswer {
    this.now = next;
    return DONE;
  }

  private queryVersion(version: number): HandshakeAnswer {
    if (version > this.options.newest || !STORVSP_VERSIONS.includes(version)) {
      return { status: NT_STATUS.REVISION_MISMATCH, version };
    }
    this.agreed = version;
    this.now = 'query-properties';
    return { status: NT_STATUS.SUCCESS, version };
  }

  private queryProperties(): HandshakeAnswer {
    this.now = 'end-initialization';
    const maxSubChannels = this.multiChannel ? this.options.maxSubChannels : 0;
    return {
      status: NT_STATUS.SUCCESS,
      properties: {
        maxSubChannels,
        flags: maxSubChannels > 0 ? STORAGE_CHANNEL_SUPPORTS_MULTI_CHANNEL : 0,
        maxTransferBytes: STORVSP_MAX_TRANSFER_BYTES,
      },
    };
  }

  private get multiChannel(): boolean {
    return this.agreed >= VMSTOR_PROTO_VERSION.WIN8;
  }

  private createSubChannels(count: number): HandshakeAnswer {
    const timely = this.now === 'end-initialization' || this.now === 'ready';
    if (!timely || !this.multiChannel || this.subChannels !== undefined) return OUT_OF_ORDER;
    if (count === 0 || count > this.options.maxSubChannels) return { status: NT_STATUS.INVALID_PARAMETER };
    this.subChannels = count;
    return { status: NT_STATUS.SUCCESS, subChannels: count };
  }
}
