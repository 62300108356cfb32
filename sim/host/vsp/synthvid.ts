/**
 * Synthetic video at the host's end: the guest says where in its memory the picture lies and how it is to be read, then which rectangles
 * it changed. The pixels themselves never pass through the channel.
 *
 * The host says what it wants to hear: with nobody watching it wants no rectangles, and the guest sends none.
 *
 * A place or a mode that cannot be shown gets no acknowledgement, as the acknowledgement says that the picture is looked at; the protocol
 * has no word for "no". Rectangles are cut to the screen. Left out: more than one output, and a picture in address space that the host
 * backs with memory of its own, as on generation 2: here it must lie in the guest's memory.
 *
 * Sources: Linux `drivers/gpu/drm/hyperv`, `drivers/video/fbdev/hyperv_fb.c` for what guests expect; OpenVMM
 * `vm/devices/uidevices/src/video` for what a host answers.
 */
import type { Partition } from '../../machine/partition.ts';
import { edidBlock } from '../../wire/edid.ts';
import {
  synthvidFeatureChange,
  synthvidSituationUpdateAck,
  synthvidVersionResp,
  synthvidVramLocationAck,
  videoOutputSituation,
} from '../../wire/synthvid.ts';
import {
  SYNTHVID,
  SYNTHVID_HEADER_BYTES,
  SYNTHVID_LIMIT,
  SYNTHVID_RECT_BYTES,
  SYNTHVID_SHAPE_BYTES,
  SYNTHVID_VERSION,
  synthvidLevel,
  synthvidMessage,
} from '../../wire/synthvid-codes.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { FrameBuffer, type Rect } from '../backends/display.ts';
import { MessageDevice } from './message-device.ts';
import { Pointer } from './synthvid-pointer.ts';

/** How the adapter is made. */
export interface SynthvidOptions {
  /** Newest version that this host speaks; 3.5 when left out. */
  readonly newestVersion?: number;
  /** Modes on offer, the preferred one first; 1024 × 768 and three more when left out. */
  readonly resolutions?: readonly (readonly [width: number, height: number])[];
  /** Memory of the adapter, MB; 8 when left out. */
  readonly vramMegabytes?: number;
}

/** What a viewer wants to be told. */
export interface ViewerWishes {
  readonly dirt: boolean;
  readonly pointerPosition: boolean;
  readonly pointerShape: boolean;
  readonly situation: boolean;
}

/** What came of the guest's messages. */
export interface SynthvidCounts {
  /** Messages about changed parts, rectangles in them, and those that were off the screen or inside out. */
  dirt: number;
  rectangles: number;
  refusedRectangles: number;
  /** Places, modes and pointers that could not be shown. */
  refused: number;
}

const MIB = 1024 * 1024;
const RESOLUTIONS = [
  [1024, 768],
  [800, 600],
  [1280, 720],
  [1280, 1024],
] as const;
const ALL: ViewerWishes = { dirt: true, pointerPosition: true, pointerShape: true, situation: true };
const SITUATION_BYTES = 9 + videoOutputSituation.size;
const BIOS_INFO_BYTES = 16;
const CAPABILITY_BYTES = 64;

/** The graphics adapter. */
export class Synthvid extends MessageDevice {
  readonly picture: FrameBuffer;
  readonly pointer = new Pointer();
  readonly video: SynthvidCounts = { dirt: 0, rectangles: 0, refusedRectangles: 0, refused: 0 };
  /** The agreed version; 0 before. */
  version = 0;
  private readonly options: SynthvidOptions;
  private wishes: ViewerWishes = ALL;

  constructor(partition: Partition, options: SynthvidOptions = {}) {
    const megabytes = options.vramMegabytes ?? 8;
    super(partition, {
      name: 'video',
      interfaceId: DEVICE_CLASS.SYNTHVID.guid,
      instanceId: '5620e0c7-8062-4dce-aeb7-520c7ef76171',
      piped: true,
      mostBytes: 16 + SYNTHVID_SHAPE_BYTES + SYNTHVID_LIMIT.CURSOR_MAX_PAYLOAD_SIZE + 8,
      answerBytes: 16 + SYNTHVID_LIMIT.EDID_BLOCK_SIZE + 3 + 4 * SYNTHVID_LIMIT.MAX_RESOLUTION_COUNT,
      mmioMegabytes: megabytes,
    });
    this.options = options;
    this.picture = new FrameBuffer(partition.memory, megabytes * MIB);
  }

  /** A viewer came, went, or wants something else. The guest is told; when it is not there yet, as soon as it is. */
  watch(wishes: ViewerWishes): void {
    this.wishes = wishes;
    if (this.version !== 0) this.tell(this.featureChange());
  }

  protected override begin(): void {
    this.version = 0;
    this.picture.move(undefined);
    this.pointer.forget();
  }

  protected override take(message: DataView): boolean {
    if (message.byteLength < SYNTHVID_HEADER_BYTES) return false;
    const type = message.getUint32(0, true);
    const body = new DataView(
      message.buffer,
      message.byteOffset + SYNTHVID_HEADER_BYTES,
      message.byteLength - SYNTHVID_HEADER_BYTES,
    );
    if (this.version === 0) return type === SYNTHVID.VERSION_REQUEST && this.agree(body);
    return this.act(type, body);
  }

  private act(type: number, body: DataView): boolean {
    switch (type) {
      case SYNTHVID.VRAM_LOCATION:
        return this.locate(body);
      case SYNTHVID.SITUATION_UPDATE:
        return this.situate(body);
      case SYNTHVID.POINTER_POSITION:
        return this.pointer.place(body);
      case SYNTHVID.POINTER_SHAPE:
        return this.shape(body);
      case SYNTHVID.DIRT:
        return this.dirty(body);
      case SYNTHVID.BIOS_INFO_REQUEST:
        return this.reply(SYNTHVID.BIOS_INFO_RESPONSE, firstWord(1, BIOS_INFO_BYTES));
      case SYNTHVID.RESOLUTION_REQUEST:
        return body.byteLength >= 1 && this.reply(SYNTHVID.RESOLUTION_RESPONSE, this.modes(body.getUint8(0)));
      case SYNTHVID.CAPABILITY_REQUEST:
        return this.reply(SYNTHVID.CAPABILITY_RESPONSE, firstWord(0, CAPABILITY_BYTES));
      default:
        return false;
    }
  }

  /** A guest may ask again for another version after a refusal. */
  private agree(body: DataView): boolean {
    if (body.byteLength < 4) return false;
    const version = body.getUint32(0, true);
    const newest = this.options.newestVersion ?? SYNTHVID_VERSION.WIN10;
    const known = Object.values(SYNTHVID_VERSION).some((one) => one === version);
    const fine = known && synthvidLevel(version) <= synthvidLevel(newest);
    if (fine) this.version = version;
    const is_accepted = fine ? 1 : 0;
    this.reply(
      SYNTHVID.VERSION_RESPONSE,
      synthvidVersionResp.encode({ version, is_accepted, max_video_outputs: 1 }),
    );
    if (fine && this.wishes !== ALL) this.answer(this.featureChange());
    return true;
  }

  private locate(body: DataView): boolean {
    if (body.byteLength < 17) return false;
    const gpa = body.getBigUint64(9, true);
    const address = body.getUint8(8) === 0 ? undefined : Number(gpa);
    if (!this.picture.move(address)) return this.refuse();
    const user_ctx = body.getBigUint64(0, true);
    return this.reply(SYNTHVID.VRAM_LOCATION_ACK, synthvidVramLocationAck.encode({ user_ctx }));
  }

  private situate(body: DataView): boolean {
    if (body.byteLength < SITUATION_BYTES) return false;
    if (body.getUint8(8) !== 1) return this.refuse();
    const [width, height, pitch] = [15, 19, 23].map((at) => body.getUint32(at, true));
    const mode = { width, height, pitch, depth: body.getUint8(14), offset: body.getUint32(10, true) };
    if (body.getUint8(9) === 0) this.picture.blank();
    else if (!this.picture.show(mode)) return this.refuse();
    const user_ctx = body.getBigUint64(0, true);
    return this.reply(SYNTHVID.SITUATION_UPDATE_ACK, synthvidSituationUpdateAck.encode({ user_ctx }));
  }

  private shape(body: DataView): boolean {
    if (body.byteLength < SYNTHVID_SHAPE_BYTES) return false;
    return this.pointer.shape(body) || this.refuse();
  }

  private dirty(body: DataView): boolean {
    const count = body.byteLength >= 2 ? body.getUint8(1) : 0;
    if (body.byteLength < 2 + count * SYNTHVID_RECT_BYTES) return false;
    const rects: Rect[] = [];
    for (let i = 0; i < count; i++) {
      const at = 2 + i * SYNTHVID_RECT_BYTES;
      const [left, top, right, bottom] = [0, 4, 8, 12].map((word) => body.getInt32(at + word, true));
      rects.push({ left, top, right, bottom });
    }
    this.video.dirt++;
    const kept = this.picture.touch(rects);
    this.video.rectangles += kept;
    this.video.refusedRectangles += count - kept;
    return true;
  }

  /** Not shown, not acknowledged; the channel goes on. */
  private refuse(): true {
    this.video.refused++;
    return true;
  }

  /** As many modes as the guest has room for, and the monitor that prefers the first. */
  private modes(most: number): Uint8Array {
    const all = this.options.resolutions ?? RESOLUTIONS;
    const modes = all.slice(0, Math.min(most, SYNTHVID_LIMIT.MAX_RESOLUTION_COUNT));
    const [width, height] = all[0];
    const bytes = new Uint8Array(SYNTHVID_LIMIT.EDID_BLOCK_SIZE + 3 + 4 * modes.length);
    bytes.set(edidBlock({ manufacturer: 'RSD', name: 'Ringside', width, height }));
    bytes[SYNTHVID_LIMIT.EDID_BLOCK_SIZE] = modes.length;
    const view = new DataView(bytes.buffer, SYNTHVID_LIMIT.EDID_BLOCK_SIZE + 3);
    modes.forEach(([x, y], i) => {
      view.setUint16(4 * i, x, true);
      view.setUint16(4 * i + 2, y, true);
    });
    return bytes;
  }

  private featureChange(): Uint8Array {
    const { dirt, pointerPosition, pointerShape, situation } = this.wishes;
    const flag = (wanted: boolean): number => (wanted ? 1 : 0);
    const body = synthvidFeatureChange.encode({
      is_dirt_needed: flag(dirt),
      is_ptr_pos_needed: flag(pointerPosition),
      is_ptr_shape_needed: flag(pointerShape),
      is_situ_needed: flag(situation),
    });
    return synthvidMessage(SYNTHVID.FEATURE_CHANGE, body);
  }

  private reply(type: number, body: Uint8Array): true {
    this.answer(synthvidMessage(type, body));
    return true;
  }
}

/** A number and zeros. */
function firstWord(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes[0] = value;
  return bytes;
}
