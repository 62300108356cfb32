/**
 * Channel messages of the host. They carry zeros wherever nothing is defined.
 *
 * The layouts are declared in `wire/`. Source for TL_CONNECT_RESULT: OpenVMM `vmbus_core/src/protocol.rs`.
 */
import { invariant } from '../../core/errors.ts';
import { vmbusChannelGpadlCreated, vmbusChannelGpadlTorndown } from '../../wire/gpadl-messages.ts';
import { vmbusCloseReservedResponse } from '../../wire/reserved-messages.ts';
import { CHANNELMSG } from '../../wire/vmbus.ts';
import {
  vmbusChannelMessageHeader,
  vmbusChannelModifychannelResponse,
  vmbusChannelOpenResult,
  vmbusChannelTlConnectRequest,
  vmbusChannelVersionResponse,
} from '../../wire/vmbus-messages.ts';
import {
  vmbusChannelOffer,
  vmbusChannelOfferChannel,
  vmbusChannelRescindOffer,
} from '../../wire/vmbus-offers.ts';
import type { OfferDescription } from './vmbus-device.ts';

/** Bytes of an offer that are its device's own. */
const USER_DATA_BYTES = 120;
/** `monitorid` of a channel that has no trigger. */
const NO_MONITOR = 0xff;
const SOCKET = vmbusChannelTlConnectRequest.offsets;

/** Messages of the host that carry a status: 0, or why not. */
export type HostResult =
  | { readonly kind: 'open-result'; readonly relid: number; readonly openId: number; readonly status: number }
  | {
      readonly kind: 'gpadl-created';
      readonly relid: number;
      readonly gpadl: number;
      readonly status: number;
    }
  | { readonly kind: 'modify-response'; readonly relid: number; readonly status: number }
  | {
      readonly kind: 'tl-connect-result';
      readonly endpointId: Uint8Array;
      readonly serviceId: Uint8Array;
      readonly status: number;
    };

/** What the host says. */
export type HostMessage =
  | HostResult
  | {
      readonly kind: 'offer';
      readonly offer: OfferDescription;
      readonly relid: number;
      readonly subChannelIndex: number;
      /** -1 for none. */
      readonly monitorId: number;
      /** The guest signals the channel by its own connection. */
      readonly dedicated: boolean;
      readonly connectionId: number;
    }
  | { readonly kind: 'rescind'; readonly relid: number }
  | { readonly kind: 'all-offers-delivered' }
  | { readonly kind: 'unload-response' }
  | { readonly kind: 'close-reserved-response'; readonly relid: number }
  | { readonly kind: 'gpadl-torndown'; readonly gpadl: number }
  | {
      readonly kind: 'version-response';
      readonly supported: boolean;
      readonly state: number;
      /** From 5.0 the message connection to use, before the version itself. */
      readonly connectionOrVersion: number;
    };

const encodeHeader = (type: number): Uint8Array => vmbusChannelMessageHeader.encode({ msgtype: type });

/** The bytes of a message. */
export function encodeHostMessage(message: HostMessage): Uint8Array {
  switch (message.kind) {
    case 'offer':
      return encodeOffer(message);
    case 'rescind':
      return vmbusChannelRescindOffer.encode({
        'header.msgtype': CHANNELMSG.RESCIND_CHANNELOFFER,
        child_relid: message.relid,
      });
    case 'all-offers-delivered':
      return encodeHeader(CHANNELMSG.ALLOFFERS_DELIVERED);
    case 'unload-response':
      return encodeHeader(CHANNELMSG.UNLOAD_RESPONSE);
    case 'close-reserved-response':
      return vmbusCloseReservedResponse.encode({
        'header.msgtype': CHANNELMSG.CLOSE_RESERVED_RESPONSE,
        child_relid: message.relid,
      });
    case 'gpadl-torndown':
      return vmbusChannelGpadlTorndown.encode({
        'header.msgtype': CHANNELMSG.GPADL_TORNDOWN,
        gpadl: message.gpadl,
      });
    case 'version-response':
      return vmbusChannelVersionResponse.encode({
        'header.msgtype': CHANNELMSG.VERSION_RESPONSE,
        version_supported: message.supported ? 1 : 0,
        connection_state: message.state,
        msg_conn_id: message.connectionOrVersion,
      });
    default:
      return encodeResult(message);
  }
}

function encodeResult(message: HostResult): Uint8Array {
  switch (message.kind) {
    case 'open-result':
      return vmbusChannelOpenResult.encode({
        'header.msgtype': CHANNELMSG.OPENCHANNEL_RESULT,
        child_relid: message.relid,
        openid: message.openId,
        status: message.status,
      });
    case 'gpadl-created':
      return vmbusChannelGpadlCreated.encode({
        'header.msgtype': CHANNELMSG.GPADL_CREATED,
        child_relid: message.relid,
        gpadl: message.gpadl,
        creation_status: message.status,
      });
    case 'modify-response':
      return vmbusChannelModifychannelResponse.encode({
        'header.msgtype': CHANNELMSG.MODIFYCHANNEL_RESPONSE,
        child_relid: message.relid,
        status: message.status,
      });
    case 'tl-connect-result':
      return encodeConnectResult(message.endpointId, message.serviceId, message.status);
  }
}

function encodeOffer(message: Extract<HostMessage, { kind: 'offer' }>): Uint8Array {
  const { offer, monitorId } = message;
  const userData = offer.userDefined ?? new Uint8Array(0);
  invariant(userData.length <= USER_DATA_BYTES, 'an offer carries at most 120 bytes of its device');
  const bytes = vmbusChannelOfferChannel.encode({
    'header.msgtype': CHANNELMSG.OFFERCHANNEL,
    'offer.if_type': `guid:${offer.interfaceId}`,
    'offer.if_instance': `guid:${offer.instanceId}`,
    'offer.chn_flags': offer.flags ?? 0,
    'offer.mmio_megabytes': offer.mmioMegabytes ?? 0,
    'offer.sub_channel_index': message.subChannelIndex,
    child_relid: message.relid,
    monitorid: monitorId < 0 ? NO_MONITOR : monitorId,
    monitor_allocated: monitorId < 0 ? 0 : 1,
    is_dedicated_interrupt: message.dedicated ? 1 : 0,
    connection_id: message.connectionId,
  });
  bytes.set(userData, vmbusChannelOfferChannel.offsets.offer + vmbusChannelOffer.offsets.u);
  return bytes;
}

/** TL_CONNECT_RESULT: the request's two GUIDs and a status. Linux declares no structure for it. */
function encodeConnectResult(endpointId: Uint8Array, serviceId: Uint8Array, status: number): Uint8Array {
  const { size } = vmbusChannelTlConnectRequest;
  const bytes = new Uint8Array(size + 4);
  bytes.set(encodeHeader(CHANNELMSG.TL_CONNECT_RESULT));
  bytes.set(endpointId, SOCKET.guest_endpoint_id);
  bytes.set(serviceId, SOCKET.host_service_id);
  new DataView(bytes.buffer).setUint32(size, status, true);
  return bytes;
}
