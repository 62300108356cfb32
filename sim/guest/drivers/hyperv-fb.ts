/**
 * hyperv_fb: a frame buffer in memory that the host looks at.
 *
 * It agrees on a version, asks which resolutions there are, says where the picture lies and how it is to be read, hides the pointer that
 * the host would draw, and from then on names the rectangles that changed - as long as the host wants to hear of them.
 *
 * After Linux 6.1 `drivers/video/fbdev/hyperv_fb.c` and `drivers/gpu/drm/hyperv/hyperv_drm_proto.c`, which share this protocol. The
 * picture lies in pages of the guest's own memory in one piece, as hyperv_fb has it on generation 1 (hvfb_get_phymem).
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import {
  synthvidDirt,
  synthvidPointerPosition,
  synthvidPointerShape,
  synthvidSituationUpdate,
  synthvidSupportedResolutionReq,
  synthvidVersionReq,
  synthvidVramLocation,
} from '../../wire/synthvid.ts';
import {
  SYNTHVID,
  SYNTHVID_HEADER_BYTES,
  SYNTHVID_LIMIT,
  SYNTHVID_VERSION,
  synthvidLevel,
  synthvidMessage,
} from '../../wire/synthvid-codes.ts';
import { MessageDriver } from './message-driver.ts';
import { PAGE_SIZE } from './page-allocator.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** How the driver is set up. */
export interface HypervFbOptions {
  /** Newest first; what Linux tries when left out. */
  readonly versions?: readonly number[];
  /** Pixels; the host's preferred mode when left out. */
  readonly mode?: readonly [width: number, height: number];
}

/** VMBUS_RING_BUFSIZE in pages, control page included. */
const RING_PAGES = 64;
const BYTES_PER_PIXEL = 4;
const DEPTH = 32;
const LINUX_VERSIONS = [SYNTHVID_VERSION.WIN10, SYNTHVID_VERSION.WIN8];
/** The mode with a host that does not say which ones it has: what hyperv_fb calls HVFB_WIDTH and HVFB_HEIGHT. */
const DEFAULT_MODE = [1152, 864] as const;
const RESOLUTIONS_AT = SYNTHVID_HEADER_BYTES + SYNTHVID_LIMIT.EDID_BLOCK_SIZE;

/** The driver. */
export class HypervFb extends MessageDriver {
  version = 0;
  width = 0;
  height = 0;
  /** Guest-physical address of the first pixel. */
  address = 0;
  /** The host wants to hear what changed. */
  dirtNeeded = true;
  /** Changes that nobody wanted to hear of. */
  unsaid = 0;
  private readonly options: HypervFbOptions;

  constructor(vmbus: Vmbus, channel: VmbusChannel, options: HypervFbOptions = {}) {
    super(vmbus, channel, true);
    this.options = options;
  }

  /** Bytes of a row. */
  get pitch(): number {
    return this.width * BYTES_PER_PIXEL;
  }

  /** hvfb_probe. False when the host does not play along. */
  *probe(cpu: Cpu): Program<boolean> {
    if (!(yield* this.open(cpu, RING_PAGES))) return false;
    const fine = (yield* this.negotiate(cpu)) && (yield* this.chooseMode(cpu)) && (yield* this.show(cpu));
    if (!fine) yield* this.channel.close(cpu);
    return fine;
  }

  /** Fills a rectangle with a colour (0xRRGGBB) and tells the host, if it wants to know. The pixels themselves take no time here. */
  *fill(cpu: Cpu, x: number, y: number, width: number, height: number, colour: number): Program {
    const pixels = cpu.memory.u32;
    for (let row = y; row < y + height; row++) {
      const from = (this.address + row * this.pitch) / BYTES_PER_PIXEL + x;
      pixels.fill(colour, from, from + width);
    }
    yield* this.damaged(cpu, x, y, x + width, y + height);
  }

  /** synthvid_update: a rectangle changed; its right and bottom lie outside. */
  *damaged(cpu: Cpu, x1: number, y1: number, x2: number, y2: number): Program {
    if (!this.dirtNeeded) {
      this.unsaid++;
      return;
    }
    const rect = { 'rect[0].x1': x1, 'rect[0].y1': y1, 'rect[0].x2': x2, 'rect[0].y2': y2 };
    yield* this.say(cpu, SYNTHVID.DIRT, synthvidDirt.encode({ dirt_count: 1, ...rect }));
  }

  private *negotiate(cpu: Cpu): Program<boolean> {
    for (const version of this.options.versions ?? LINUX_VERSIONS) {
      const request = synthvidMessage(SYNTHVID.VERSION_REQUEST, synthvidVersionReq.encode({ version }));
      const answer = yield* this.ask(cpu, request, SYNTHVID.VERSION_RESPONSE);
      if (!answer || answer.byteLength < SYNTHVID_HEADER_BYTES + 6) return false;
      if (answer.getUint8(SYNTHVID_HEADER_BYTES + 4) === 0) continue;
      this.version = version;
      return true;
    }
    return false;
  }

  /** synthvid_get_supported_resolution: from 3.5 the host says what it has. */
  private *chooseMode(cpu: Cpu): Program<boolean> {
    [this.width, this.height] = this.options.mode ?? DEFAULT_MODE;
    if (synthvidLevel(this.version) < synthvidLevel(SYNTHVID_VERSION.WIN10)) return true;
    const maximum_resolution_count = SYNTHVID_LIMIT.MAX_RESOLUTION_COUNT;
    const body = synthvidSupportedResolutionReq.encode({ maximum_resolution_count });
    const request = synthvidMessage(SYNTHVID.RESOLUTION_REQUEST, body);
    const answer = yield* this.ask(cpu, request, SYNTHVID.RESOLUTION_RESPONSE);
    if (!answer || answer.byteLength < RESOLUTIONS_AT + 3) return false;
    const [count, preferred] = [answer.getUint8(RESOLUTIONS_AT), answer.getUint8(RESOLUTIONS_AT + 1)];
    const at = RESOLUTIONS_AT + 3 + 4 * preferred;
    if (preferred >= count || at + 4 > answer.byteLength) return false;
    if (this.options.mode) return true;
    this.width = answer.getUint16(at, true);
    this.height = answer.getUint16(at + 2, true);
    return true;
  }

  private *show(cpu: Cpu): Program<boolean> {
    this.address = this.vmbus.hv.pages.block(Math.ceil((this.pitch * this.height) / PAGE_SIZE));
    const place = synthvidVramLocation.encode({
      user_ctx: BigInt(this.address),
      is_vram_gpa_specified: 1,
      vram_gpa: BigInt(this.address),
    });
    const answer = yield* this.ask(
      cpu,
      synthvidMessage(SYNTHVID.VRAM_LOCATION, place),
      SYNTHVID.VRAM_LOCATION_ACK,
    );
    if (!answer || answer.byteLength < SYNTHVID_HEADER_BYTES + 8) return false;
    if (answer.getBigUint64(SYNTHVID_HEADER_BYTES, true) !== BigInt(this.address)) return false;
    yield* this.say(cpu, SYNTHVID.SITUATION_UPDATE, this.situation());
    yield* this.hidePointer(cpu);
    return true;
  }

  private situation(): Uint8Array {
    const output = 'video_output[0].';
    return synthvidSituationUpdate.encode({
      video_output_count: 1,
      [`${output}active`]: 1,
      [`${output}depth_bits`]: DEPTH,
      [`${output}width_pixels`]: this.width,
      [`${output}height_pixels`]: this.height,
      [`${output}pitch_bytes`]: this.pitch,
    });
  }

  /** synthvid_send_ptr: a pointer of one transparent pixel, because "invisible" is not heeded by real hosts. */
  private *hidePointer(cpu: Cpu): Program {
    yield* this.say(cpu, SYNTHVID.POINTER_POSITION, synthvidPointerPosition.encode({ is_visible: 1 }));
    const shape = synthvidPointerShape.encode({
      part_idx: SYNTHVID_LIMIT.CURSOR_COMPLETE,
      is_argb: 1,
      width: 1,
      height: 1,
      data: Uint8Array.of(0, 1, 1, 1),
    });
    yield* this.say(cpu, SYNTHVID.POINTER_SHAPE, shape);
  }

  private *say(cpu: Cpu, type: number, body: Uint8Array): Program {
    yield* this.send(cpu, synthvidMessage(type, body));
  }

  protected override *receive(cpu: Cpu, type: number, message: DataView): Program<boolean> {
    if (type === SYNTHVID.FEATURE_CHANGE && message.byteLength > SYNTHVID_HEADER_BYTES) {
      this.dirtNeeded = message.getUint8(SYNTHVID_HEADER_BYTES) !== 0;
      if (this.dirtNeeded) yield* this.hidePointer(cpu);
      return true;
    }
    const known: readonly number[] = [
      SYNTHVID.VERSION_RESPONSE,
      SYNTHVID.VRAM_LOCATION_ACK,
      SYNTHVID.SITUATION_UPDATE_ACK,
      SYNTHVID.RESOLUTION_RESPONSE,
    ];
    return known.includes(type);
  }
}
