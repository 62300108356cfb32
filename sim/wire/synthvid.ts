/**
 * Synthetic video: the guest draws in memory that the host looks at, and says what changed.
 */
import { array, bytes, i32, oneOrMore, overlay, u8, u16, u32, u64 } from './layout.ts';
import { HYPERV_DRM_PROTO_C } from './sources.ts';
import { struct } from './struct.ts';

export const pipeMsgHdr = struct(
  'pipe_msg_hdr',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Pipe header.' },
  {
    type: u32,
    size: u32,
  },
);

export const hvdScreenInfo = struct(
  'hvd_screen_info',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Width and height.' },
  {
    width: u16,
    height: u16,
  },
);

export const synthvidMsgHdr = struct(
  'synthvid_msg_hdr',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Kind and size of a message.' },
  {
    type: u32,
    size: u32,
  },
);

export const synthvidVersionReq = struct(
  'synthvid_version_req',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Guest: is this version understood?' },
  {
    version: u32,
  },
);

export const synthvidVersionResp = struct(
  'synthvid_version_resp',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Host: answer.' },
  {
    version: u32,
    is_accepted: u8,
    max_video_outputs: u8,
  },
);

export const synthvidVramLocation = struct(
  'synthvid_vram_location',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Guest: the picture lies here.' },
  {
    user_ctx: u64,
    is_vram_gpa_specified: u8,
    vram_gpa: u64,
  },
);

export const synthvidVramLocationAck = struct(
  'synthvid_vram_location_ack',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Host: seen.' },
  {
    user_ctx: u64,
  },
);

export const videoOutputSituation = struct(
  'video_output_situation',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Mode of one output.' },
  {
    active: u8,
    vram_offset: u32,
    depth_bits: u8,
    width_pixels: u32,
    height_pixels: u32,
    pitch_bytes: u32,
  },
);

export const synthvidSituationUpdate = struct(
  'synthvid_situation_update',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Guest: mode of the outputs.' },
  {
    user_ctx: u64,
    video_output_count: u8,
    video_output: oneOrMore(videoOutputSituation),
  },
);

export const synthvidSituationUpdateAck = struct(
  'synthvid_situation_update_ack',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Host: seen.' },
  {
    user_ctx: u64,
  },
);

export const synthvidPointerPosition = struct(
  'synthvid_pointer_position',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Guest: the pointer is here.' },
  {
    is_visible: u8,
    video_output: u8,
    image_x: i32,
    image_y: i32,
  },
);

export const synthvidPointerShape = struct(
  'synthvid_pointer_shape',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Guest: the pointer looks so.' },
  {
    part_idx: u8,
    is_argb: u8,
    width: u32,
    height: u32,
    hot_x: u32,
    hot_y: u32,
    data: bytes(4),
  },
);

export const synthvidFeatureChange = struct(
  'synthvid_feature_change',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Host: what it wants to be told.' },
  {
    is_dirt_needed: u8,
    is_ptr_pos_needed: u8,
    is_ptr_shape_needed: u8,
    is_situ_needed: u8,
  },
);

export const synthvidRect = struct(
  'rect',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'A rectangle.' },
  {
    x1: i32,
    y1: i32,
    x2: i32,
    y2: i32,
  },
);

export const synthvidDirt = struct(
  'synthvid_dirt',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Guest: these rectangles changed.' },
  {
    video_output: u8,
    dirt_count: u8,
    rect: oneOrMore(synthvidRect),
  },
);

export const synthvidSupportedResolutionReq = struct(
  'synthvid_supported_resolution_req',
  { source: HYPERV_DRM_PROTO_C, doc: 'Guest: which resolutions?' },
  {
    maximum_resolution_count: u8,
  },
);

export const synthvidSupportedResolutionResp = struct(
  'synthvid_supported_resolution_resp',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Host: these.' },
  {
    edid_block: bytes(128),
    resolution_count: u8,
    default_resolution_index: u8,
    is_standard: u8,
    supported_resolution: array(hvdScreenInfo, 64),
  },
);

export const synthvidMsg = struct(
  'synthvid_msg',
  { source: HYPERV_DRM_PROTO_C, packed: true, doc: 'Every message of synthetic video.' },
  {
    pipe_hdr: pipeMsgHdr,
    vid_hdr: synthvidMsgHdr,
    ...overlay({
      ver_req: synthvidVersionReq,
      ver_resp: synthvidVersionResp,
      vram: synthvidVramLocation,
      vram_ack: synthvidVramLocationAck,
      situ: synthvidSituationUpdate,
      situ_ack: synthvidSituationUpdateAck,
      ptr_pos: synthvidPointerPosition,
      ptr_shape: synthvidPointerShape,
      feature_chg: synthvidFeatureChange,
      dirt: synthvidDirt,
      resolution_req: synthvidSupportedResolutionReq,
      resolution_resp: synthvidSupportedResolutionResp,
    }),
  },
);
